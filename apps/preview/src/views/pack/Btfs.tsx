// The different BTFs of a pack, one of which can be chosen. A list box: focus stays on the list.
import { useEffect, useId, useState } from 'preact/hooks';
import { bytes, counted } from '../../ui/numbers.js';
import { shortened } from '../../ui/Sha256.js';
import { VirtualList } from '../../ui/VirtualList.js';
import { visible } from '../../ui/visible.js';
import { BtfName } from './BtfName.js';
import { type PackBtf, seriesOf } from './contents.js';

const ROW = 50;

/** Series that are named in a row; it has one line for them. */
const MOST_SERIES = 8;

export interface BtfsProps {
  btfs: readonly PackBtf[];
  chosen: PackBtf | undefined;
  onChoose: (btf: PackBtf) => void;
}

export function Btfs({ btfs, chosen, onChoose }: BtfsProps) {
  const id = useId();
  const [at, setAt] = useState(0);
  useEffect(() => {
    if (chosen) setAt(chosen.number - 1);
  }, [chosen]);

  const onKeyDown = (event: KeyboardEvent) => {
    const last = btfs.length - 1;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: last }[event.key];
    const active = btfs[at];
    if (to !== undefined) setAt(Math.min(Math.max(to, 0), last));
    else if (active && (event.key === 'Enter' || event.key === ' ')) onChoose(active);
    else return;
    event.preventDefault();
  };

  return (
    <section class="btfs" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>Different BTFs</h2>
      {btfs.length === 0 ? (
        <p>None.</p>
      ) : (
        <VirtualList
          role="listbox"
          aria-labelledby={`${id}-title`}
          tabIndex={0}
          aria-activedescendant={`${id}-${at}`}
          count={btfs.length}
          rowHeight={ROW}
          shown={at}
          style={{ height: `${btfs.length * ROW + 2}px` }}
          onKeyDown={onKeyDown}
        >
          {({ index, style }) => {
            const btf = btfs[index];
            if (!btf) return null;
            const { sha256, size, types, error } = btf.group;
            const series = seriesText(btf);
            return (
              // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus, and says which row is active
              // biome-ignore lint/a11y/useKeyWithClickEvents: the list hears the keys
              <div
                key={btf.number}
                id={`${id}-${index}`}
                role="option"
                class={`btf-row ${index === at ? 'active' : ''}`}
                aria-selected={btf === chosen}
                aria-setsize={btfs.length}
                aria-posinset={index + 1}
                style={style}
                onClick={() => {
                  setAt(index);
                  onChoose(btf);
                }}
              >
                <span class="first">
                  <BtfName btf={btf} /> <span>{counted(btf.kernels.length, 'kernel')}</span>{' '}
                  <span class="number">{bytes(size)}</span>{' '}
                  {error ? (
                    <span class="tag error">! {error.code}</span>
                  ) : (
                    <span class="number">{counted(types ?? 0, 'type')}</span>
                  )}{' '}
                  <code class="hash" title={`SHA-256 ${sha256}`}>
                    {shortened(sha256)}
                  </code>
                </span>{' '}
                <bdi class="series muted" title={series}>
                  {series}
                </bdi>
              </div>
            );
          }}
        </VirtualList>
      )}
    </section>
  );
}

/** `ubuntu/20.04/x86_64: 22, debian/10/x86_64: 4 …` */
function seriesText({ kernels }: PackBtf): string {
  const series = seriesOf(kernels);
  const named = series
    .slice(0, MOST_SERIES)
    .map(({ name, kernels }) => `${visible(name)}: ${kernels.length}`);
  return `${named.join(', ')}${series.length > MOST_SERIES ? ' …' : ''}`;
}
