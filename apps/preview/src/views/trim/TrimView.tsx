// Programs and kernels in, a pack out: what `btf-pack pack` does, in the page.
import type { Layout } from '@bpfc/core/slim';
import { signal } from '@preact/signals';
import { Chooser } from '../../ui/Chooser.js';
import { Nothing } from '../../ui/Nothing.js';
import { count, counted } from '../../ui/numbers.js';
import { Problem } from '../../ui/Problem.js';
import { visible } from '../../ui/visible.js';
import { btfs, objects } from '../../workspace/files.js';
import { KernelNames } from './KernelNames.js';
import type { PackOrder } from './packer.js';
import { cancel, pack, packing } from './packing.js';
import { Result } from './Result.js';
import './trim.css';

/** The readers of packs. */
const LAYOUTS: readonly { key: Layout; label: string }[] = [
  { key: 'bpf-compatible', label: 'bpf-compatible, ecli' },
  { key: 'bcc', label: "bcc's libbpf-tools" },
  { key: 'ig', label: 'inspektor-gadget' },
  { key: 'flat', label: 'by release alone' },
];

/** Of kernels whose path does not say; those whose path does may be of any. */
const ARCHS = ['x86_64', 'aarch64', 's390x', 'ppc64le', 'riscv64', 'armv7l'];

/** What is chosen: kept while the reader looks at other views. */
const options = signal({
  left: new Set<string>(),
  main: '',
  output: '',
  layout: 'bpf-compatible' as Layout,
  arch: 'x86_64',
  globs: '',
  aliases: true,
  strict: false,
  compat: false,
  /** By file: the kernel that the reader says it is of. */
  said: {} as Readonly<Record<string, string>>,
});

function set(some: Partial<typeof options.value>): void {
  options.value = { ...options.value, ...some };
}

export function TrimView() {
  if (objects.value.length === 0 || btfs.value.length === 0) return <Missing />;

  const { left, main, output, layout, arch, globs, aliases, strict, compat, said } = options.value;
  const chosen = objects.value.filter(({ name }) => !left.has(name));
  const order = (): PackOrder => ({
    programs: chosen.map(({ name, blob }) => ({ name, blob })),
    main: chosen.some(({ name }) => name === main) ? main : '',
    // A path as an archive would have it, where the reader says which kernel it is.
    kernels: btfs.value.map(({ name, blob }) => ({ path: saidOf(said, name), blob })),
    named: btfs.value.some(({ name }) => saidOf(said, name) !== name),
    output: output.trim(),
    layout,
    arch,
    globs: globs.split(/\s+/).filter(Boolean),
    aliases,
    strict,
    compat,
  });
  const running = packing.value.state === 'running';
  return (
    <div class="trim">
      <h1>Trim it here</h1>
      <p>
        Each kernel's BTF is cut down to what the programs' relocations need, and all of them are packed with
        the program: the bytes that <code>btf-pack pack</code> writes.
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void pack(order());
        }}
      >
        <fieldset>
          <legend>Programs</legend>
          {objects.value.map(({ name, told }) => (
            <label key={name} class="choice">
              <input
                type="checkbox"
                checked={!left.has(name)}
                onChange={({ currentTarget: { checked } }) => {
                  const others = new Set(left);
                  if (checked) others.delete(name);
                  else others.add(name);
                  set({ left: others });
                }}
              />
              <bdi class="name">{visible(name)}</bdi>
              <span class="muted">{counted(told.object.relocations.length, 'CO-RE relocation')}</span>
            </label>
          ))}
          {chosen.length > 1 && layout === 'bpf-compatible' && (
            <Chooser
              label="The pack's package.json is for"
              choices={chosen.map(({ name }) => ({ key: name, label: name }))}
              chosen={main}
              onChoose={(name) => set({ main: name })}
              none="none of them"
            />
          )}
        </fieldset>
        <fieldset>
          <legend>Kernels</legend>
          <KernelNames said={said} arch={arch} onSay={(said) => set({ said })} />
          <label>
            Only these{' '}
            <input
              value={globs}
              placeholder="ubuntu/20.04/* debian/*"
              aria-describedby="globs-help"
              onInput={({ currentTarget }) => set({ globs: currentTarget.value })}
            />
          </label>
          <span id="globs-help" class="muted">
            by ID/VERSION/ARCH/RELEASE; * crosses /
          </span>
        </fieldset>
        <fieldset>
          <legend>The pack</legend>
          <label>
            Name{' '}
            <input
              value={output}
              placeholder={usualName(chosen[0]?.name ?? 'tool', layout)}
              aria-describedby="output-help"
              onInput={({ currentTarget }) => set({ output: currentTarget.value })}
            />
          </label>
          <span id="output-help" class="muted">
            .tar, .tar.gz, .o to link, .h to include
          </span>
          <Chooser
            label="Read by"
            choices={LAYOUTS}
            chosen={layout}
            onChoose={(key) => set({ layout: key as Layout })}
          />
          <Chooser
            label="Machine, where a path does not say"
            choices={ARCHS.map((key) => ({ key, label: key }))}
            chosen={arch}
            onChoose={(key) => set({ arch: key })}
          />
          <Option
            label="names for readers that join os-release naively"
            on={aliases}
            set={(on) => set({ aliases: on })}
          />
          <Option
            label="fail where libbpf would refuse a program"
            on={strict}
            set={(on) => set({ strict: on })}
          />
          <Option label="BTF that libbpf before 1.0 reads" on={compat} set={(on) => set({ compat: on })} />
        </fieldset>
        <div class="actions">
          <button type="submit" class="primary" disabled={running || chosen.length === 0}>
            Trim and pack {counted(btfs.value.length, 'kernel')}
          </button>
          {running && (
            <button type="button" onClick={cancel}>
              Cancel
            </button>
          )}
        </div>
      </form>
      <Progress />
      {packing.value.state === 'failed' && <Problem failure={packing.value.failure} />}
      {packing.value.state === 'done' && <Result packed={packing.value} />}
    </div>
  );
}

/** A file's name is anything, `constructor` too. */
function saidOf(said: Readonly<Record<string, string>>, name: string): string {
  return Object.hasOwn(said, name) && said[name] ? `${said[name]}.btf` : name;
}

/** What the pack is called where no name is given; the core has the rule, this says it beforehand. */
function usualName(program: string, layout: Layout): string {
  const stem = program.replace(/^.*\//s, '').replace(/(\.bpf)?\.o$/, '');
  return `${stem}.${layout === 'ig' || layout === 'bcc' ? 'tar.gz' : 'tar'}`;
}

function Option({ label, on, set }: { label: string; on: boolean; set: (on: boolean) => void }) {
  return (
    <label class="choice">
      <input type="checkbox" checked={on} onChange={({ currentTarget }) => set(currentTarget.checked)} />
      {label}
    </label>
  );
}

function Progress() {
  const now = packing.value;
  if (now.state !== 'running') return null;
  return (
    <p class="progress" role="status">
      <progress value={now.done} max={now.all} aria-label="Kernels trimmed" /> {count(now.done)} of{' '}
      {counted(now.all, 'kernel')}
    </p>
  );
}

function Missing() {
  const have = [
    objects.value.length > 0 && counted(objects.value.length, 'object'),
    btfs.value.length > 0 && counted(btfs.value.length, 'BTF'),
  ].filter(Boolean);
  return (
    <Nothing title="Trim it here">
      Takes one or more eBPF objects (<code>.bpf.o</code>) and kernels' whole BTFs, such as files or folders
      of BTFHub's archive. {have.length > 0 && `Open so far: ${have.join(', ')}.`} What a pack holds is
      trimmed already, for its own program.
    </Nothing>
  );
}
