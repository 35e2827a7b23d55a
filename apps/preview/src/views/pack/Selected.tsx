// What is chosen: a kernel, and its BTF; or a BTF alone.
import { useId } from 'preact/hooks';
import { Copy } from '../../ui/Copy.js';
import { bytes, count, counted } from '../../ui/numbers.js';
import { Problem } from '../../ui/Problem.js';
import { Some } from '../../ui/Some.js';
import { visible } from '../../ui/visible.js';
import { href } from '../../workspace/route.js';
import { programs } from '../../workspace/sources.js';
import { BtfName } from './BtfName.js';
import { type PackBtf, type PackKernel, seriesOf } from './contents.js';
import { wholeOf } from './whole.js';

export function Selected({
  kernel,
  btf,
  addressOf,
}: {
  kernel: PackKernel | undefined;
  btf: PackBtf | undefined;
  addressOf: (kernel: PackKernel) => string;
}) {
  const id = useId();
  return (
    <section class="selected" aria-labelledby={id}>
      <h2 id={id}>Selected</h2>
      {kernel && <KernelDetails kernel={kernel} />}
      {btf && <BtfDetails btf={btf} addressOf={addressOf} />}
      {!btf && <p class="muted">Choose a kernel in the tree, or one of the BTFs.</p>}
    </section>
  );
}

function KernelDetails({ kernel }: { kernel: PackKernel }) {
  const { identity, label, path, size, btf, key, pack } = kernel;
  const whole = wholeOf(kernel);
  const program = programs.value.find((program) => program.pack === pack);
  return (
    <>
      <h3 class="mono clamped">
        <bdi>{visible(label)}</bdi>
      </h3>
      <dl class="facts-list">
        {!identity && (
          <>
            <dt>Kernel</dt>
            <dd>its path does not say which distribution, version and machine it is of</dd>
          </>
        )}
        <dt>Path</dt>
        <dd class="mono">
          <bdi>{visible(path)}</bdi>
        </dd>
        <dt>Size</dt>
        <dd>
          {bytes(size)}, trimmed
          {whole
            ? `; the whole BTF has ${bytes(whole.size)}`
            : '; that of the whole BTF is not known, since it is not open'}
        </dd>
      </dl>
      {!btf.group.error && (
        <p class="actions">
          <a href={href('types', [key])}>Its types</a>
          {whole && <a href={href('types', [whole.key])}>Types of the whole BTF</a>}
          {program && (
            <a href={href('relocations', [program.key], { kernel: key })}>The program's relocations on it</a>
          )}
        </p>
      )}
    </>
  );
}

function BtfDetails({ btf, addressOf }: { btf: PackBtf; addressOf: (kernel: PackKernel) => string }) {
  const { sha256, size, types, endian, error } = btf.group;
  return (
    <>
      <h3>
        <BtfName btf={btf} />
      </h3>
      {error && <Problem failure={error} />}
      <dl class="facts-list">
        <dt>SHA-256</dt>
        <dd>
          <code class="whole-hash">{sha256}</code>{' '}
          <Copy key={sha256} text={sha256} what={`the SHA-256 of ${btf.name}`} />
        </dd>
        <dt>Size</dt>
        <dd>
          {bytes(size)}
          {types !== null && `, ${counted(types, 'type')}, ${endian}-endian`}
        </dd>
        <dt>Kernels</dt>
        <dd>
          <Some key={sha256} of={seriesOf(btf.kernels)}>
            {(series) =>
              series.map(({ name, kernels }) => (
                <details key={name}>
                  <summary>
                    <bdi>{visible(name)}</bdi>: {count(kernels.length)}
                  </summary>
                  <Some of={kernels}>
                    {(shown) => (
                      <ul class="releases">
                        {shown.map((kernel) => (
                          <li key={kernel.path}>
                            <a class="mono" href={addressOf(kernel)}>
                              <bdi>{visible(kernel.identity?.release ?? kernel.path)}</bdi>
                            </a>
                          </li>
                        ))}
                      </ul>
                    )}
                  </Some>
                </details>
              ))
            }
          </Some>
        </dd>
      </dl>
    </>
  );
}
