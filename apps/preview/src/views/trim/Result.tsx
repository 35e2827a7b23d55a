// The pack that was made: to be saved, to be looked at, and what there is to know of it.
import type { PackSummary } from '@bpfc/core/command';
import { bytes, count, counted } from '../../ui/numbers.js';
import { Problem } from '../../ui/Problem.js';
import { Some } from '../../ui/Some.js';
import { visible } from '../../ui/visible.js';
import { Wide } from '../../ui/Wide.js';
import { open } from '../../workspace/files.js';
import { go, href } from '../../workspace/route.js';
import { commandLine } from './command-line.js';
import type { Packing } from './packing.js';

export function Result({ packed }: { packed: Packing & { state: 'done' } }) {
  const { result, order, address } = packed;
  const { name, summary } = result;
  const { totals } = summary;
  const look = async () => {
    await open([{ name, blob: new Blob([result.bytes as BlobPart]) }]);
    go(href('pack', [name]));
  };
  return (
    <section class="result" aria-labelledby="result">
      <div role="status">
        <h2 id="result">
          {visible(name)}: {counted(totals.kernels, 'kernel')}, {bytes(result.bytes.length)}
        </h2>
      </div>
      <p>
        {bytes(totals.bytesIn)} of BTF became {bytes(totals.bytesOut)}:{' '}
        {counted(totals.differentBtfs, 'different BTF')} for {counted(totals.kernels, 'kernel')}, after{' '}
        {(summary.milliseconds / 1000).toFixed(1)} s.
      </p>
      <div class="actions">
        <a class="button primary" href={address} download={name}>
          Save {visible(name)}
        </a>
        {name.match(/\.tar(\.gz)?$/) && (
          <button type="button" onClick={() => void look()}>
            Look into it
          </button>
        )}
      </div>
      <p>
        The same bytes, from a shell
        {order.named && ', where the BTFs that were given a name here lie at ID/VERSION/ARCH/RELEASE.btf'}:
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and keyboards scroll what has the focus */}
      <pre class="command" tabIndex={0}>
        {visible(commandLine(order, name))}
      </pre>
      <Findings summary={summary} />
      <Groups summary={summary} />
    </section>
  );
}

/** What a reader has to know before the pack is shipped. */
function Findings({ summary }: { summary: PackSummary }) {
  const { wouldNotLoad, broken, leftOut, warnings, notes } = summary;
  return (
    <>
      <Some
        of={[
          ...wouldNotLoad.map(({ path, program, failure }) => ({
            code: failure.code,
            message: `libbpf refuses ${program} on ${path}: ${failure.message}`,
          })),
          ...broken.map(({ source, code, message, at }) => ({ code, message: `${source}: ${message}`, at })),
        ]}
      >
        {(shown) => shown.map((failure) => <Problem key={failure.message} failure={failure} />)}
      </Some>
      {leftOut.map(({ reason, kernels }) => (
        <details key={reason}>
          <summary>
            {counted(kernels.length, 'kernel')} left out: {reason}
          </summary>
          <Some of={kernels}>
            {(shown) => (
              <ul class="mono">
                {shown.map((kernel) => (
                  <li key={kernel}>{visible(kernel)}</li>
                ))}
              </ul>
            )}
          </Some>
        </details>
      ))}
      <Some of={[...warnings.map(({ message }) => message), ...notes]}>
        {(shown) =>
          shown.map((text) => (
            <p key={text} class="note">
              {visible(text)}
            </p>
          ))
        }
      </Some>
    </>
  );
}

/** Kernels by distribution, version and machine, as the command prints them. */
function Groups({ summary }: { summary: PackSummary }) {
  const groups = Map.groupBy(
    summary.kernels,
    ({ identity: { id, version, arch } }) => `${id}/${version}/${arch}`,
  );
  const sum = (kernels: PackSummary['kernels'], field: 'bytesIn' | 'bytesOut') =>
    kernels.reduce((all, kernel) => all + kernel[field], 0);
  return (
    <Wide label="Kernels">
      <table>
        <thead>
          <tr>
            <th scope="col">Kernels</th>
            <th scope="col" class="number">
              number
            </th>
            <th scope="col" class="number">
              different BTFs
            </th>
            <th scope="col" class="number">
              before
            </th>
            <th scope="col" class="number">
              after
            </th>
          </tr>
        </thead>
        <tbody>
          {[...groups].map(([name, kernels]) => (
            <tr key={name}>
              <th scope="row">{visible(name)}</th>
              <td class="number">{count(kernels.length)}</td>
              <td class="number">{count(new Set(kernels.map(({ sha256 }) => sha256)).size)}</td>
              <td class="number">{bytes(sum(kernels, 'bytesIn'))}</td>
              <td class="number">{bytes(sum(kernels, 'bytesOut'))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}
