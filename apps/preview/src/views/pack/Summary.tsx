// The pack as a whole: its figures, what trimming left, and where its BTFs were taken from.

import { engine } from '../../engine/client.js';
import { bytes, count, counted } from '../../ui/numbers.js';
import { Problem } from '../../ui/Problem.js';
import { Sha256, shortened } from '../../ui/Sha256.js';
import { useAnswer } from '../../ui/use-answer.js';
import { visible } from '../../ui/visible.js';
import type { packs } from '../../workspace/files.js';
import { bytesOf, type Contents } from './contents.js';
import { MOST_PROVENANCE, PROVENANCE, provenanceOf } from './provenance.js';
import { useWholeSizes, wholeOf } from './whole.js';

type Pack = (typeof packs.value)[number];

export function Summary({ pack, contents }: { pack: Pack; contents: Contents }) {
  const { size, sha256, container, kernels, groups } = pack.told;
  return (
    <section aria-label="Summary" class="summary">
      <p class="figures">
        <span>
          <strong>{count(kernels)}</strong> {kernels === 1 ? 'kernel' : 'kernels'}
        </span>{' '}
        <span>
          <strong>{count(groups.length)}</strong> different {groups.length === 1 ? 'BTF' : 'BTFs'}
        </span>{' '}
        <span>
          <strong>{bytes(size)}</strong> {container}
        </span>{' '}
        <Sha256 of={sha256} what="the pack" />
      </p>
      {kernels > 0 && <Sizes pack={pack} contents={contents} />}
      <Origin pack={pack} />
    </section>
  );
}

function Sizes({ pack, contents: { kernels, btfs } }: { pack: Pack; contents: Contents }) {
  useWholeSizes(kernels);
  const known = kernels.flatMap((kernel) => {
    const whole = wholeOf(kernel);
    return whole ? [{ kernel, whole }] : [];
  });
  const rows: [what: string, size: number][] = [];
  if (known.length > 0) {
    const all = known.length === kernels.length;
    const which = all ? 'of all kernels' : `of the ${count(known.length)} kernels where they are open`;
    rows.push([`Whole BTFs ${which}`, known.reduce((sum, { whole }) => sum + whole.size, 0)]);
    if (!all) rows.push(['Trimmed, of the same kernels', bytesOf(known.map(({ kernel }) => kernel))]);
  }
  rows.push(['Trimmed, of all kernels', bytesOf(kernels)]);
  rows.push(['Trimmed, each different one once', btfs.reduce((sum, { group }) => sum + group.size, 0)]);
  rows.push(['The file', pack.told.size]);
  const most = Math.max(...rows.map(([, size]) => size), 1);
  return (
    <>
      <table class="sizes" aria-label="Sizes">
        <tbody>
          {rows.map(([what, size]) => (
            <tr key={what}>
              <th scope="row">{what}</th>
              <td class="number">{bytes(size)}</td>
              <td aria-hidden="true">
                <div class="size-bar" style={{ inlineSize: `${(size / most) * 100}%` }} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {known.length < kernels.length && (
        <p class="muted">
          A pack does not tell how large BTFs were before they were trimmed; of{' '}
          {counted(kernels.length - known.length, 'kernel')} it is not known. Add the folder of their whole
          BTFs to compare.
        </p>
      )}
    </>
  );
}

/** Where the pack says its BTFs are from. */
function Origin({ pack }: { pack: Pack }) {
  const file = pack.told.files.find(({ path }) => path === PROVENANCE);
  const isRead = file !== undefined && file.size <= MOST_PROVENANCE;
  const { value, failure, pending } = useAnswer(
    isRead ? () => engine.text({ file: pack.number, path: PROVENANCE }) : undefined,
    [pack.number, isRead],
  );
  if (!file || pending) return null;
  if (failure) return <Problem failure={failure} />;
  const told = value === undefined ? undefined : provenanceOf(value);
  if (!told) {
    return (
      <p class="origin">
        <code>{PROVENANCE}</code> in it is none that btf-pack writes.
      </p>
    );
  }
  const { tool, sources, more } = told;
  return (
    <p class="origin">
      Packed by <bdi>{visible(tool)}</bdi>, from{' '}
      {sources.map(({ source, commit }, position) => (
        <span key={position}>
          {position > 0 && '; '}
          <bdi>{visible(source)}</bdi>
          {commit && (
            <>
              , commit <code>{visible(shortened(commit))}</code>
            </>
          )}
        </span>
      ))}
      {more > 0 && `; and ${more} more`}. So says <code>{PROVENANCE}</code> in it.
    </p>
  );
}
