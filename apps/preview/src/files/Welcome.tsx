// What a reader sees first.
import { openExample } from '../workspace/incoming.js';
import { Picker } from './Picker.js';

export function Welcome() {
  return (
    <div class="welcome">
      <h1>Look into packs, kernel BTFs and eBPF objects</h1>
      <p class="lead">
        Drop files anywhere on this page. Everything is read here, in your browser: nothing is uploaded.
      </p>
      <div class="actions">
        <button type="button" class="primary" onClick={() => void openExample()}>
          Open the example
        </button>
        <Picker label="Pick files" />
        <Picker label="Pick a folder" folder />
      </div>
      <dl class="what">
        <dt>A pack</dt>
        <dd>
          <code>.tar</code>, <code>.tar.gz</code> of btf-pack or bpf-compatible: which kernels it serves,
          which of them share a BTF, and what becomes of the program's relocations on each.
        </dd>
        <dt>A kernel's BTF</dt>
        <dd>
          raw, <code>.btf.tar.xz</code> of BTFHub, <code>vmlinux</code>: its types in C, with their layout; of
          two kernels, what differs.
        </dd>
        <dt>An eBPF object</dt>
        <dd>
          <code>.bpf.o</code>: its relocations over the kernels that are open, and the pack for them, trimmed
          here.
        </dd>
      </dl>
    </div>
  );
}
