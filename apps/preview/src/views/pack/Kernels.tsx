// The kernels of a pack: a filter, and the tree of what it leaves.
import { useId, useMemo } from 'preact/hooks';
import { count, counted } from '../../ui/numbers.js';
import { BtfName } from './BtfName.js';
import type { Contents, PackBtf, PackKernel } from './contents.js';
import { Tree } from './Tree.js';
import { filtered } from './tree.js';

export interface KernelsProps {
  contents: Contents;
  text: string;
  onText: (text: string) => void;
  selected: PackKernel | undefined;
  marked: PackBtf | undefined;
  /** Whether those of the marked BTF are shown alone. */
  alone: boolean;
  onAlone: (alone: boolean) => void;
  onSelect: (kernel: PackKernel) => void;
}

export function Kernels({
  contents,
  text,
  onText,
  marked,
  alone,
  onAlone,
  selected,
  onSelect,
}: KernelsProps) {
  const id = useId();
  const { kernels } = contents;
  const only = alone ? marked : undefined;
  const shown = useMemo(() => filtered(only?.kernels ?? kernels, text), [only, kernels, text]);
  return (
    <section class="kernels" aria-labelledby={id}>
      <h2 id={id}>Kernels</h2>
      {kernels.length === 0 ? (
        <p>The pack has no BTF: it serves no kernel that has none of its own.</p>
      ) : (
        <>
          <div class="row filter">
            <input
              type="search"
              aria-label="Filter kernels"
              placeholder="filter: ubuntu 5.4 generic"
              value={text}
              onInput={({ currentTarget }) => onText(currentTarget.value)}
            />
            {marked && (
              <label>
                <input
                  type="checkbox"
                  checked={alone}
                  onChange={({ currentTarget }) => onAlone(currentTarget.checked)}
                />{' '}
                only <BtfName btf={marked} />
              </label>
            )}
            <span class="muted" role="status">
              {shown.length === kernels.length
                ? counted(kernels.length, 'kernel')
                : `${count(shown.length)} of ${counted(kernels.length, 'kernel')}`}
            </span>
          </div>
          {shown.length === 0 ? (
            <p>No kernel has all of these words in its distribution, version, machine or release.</p>
          ) : (
            <Tree
              kernels={shown}
              filtered={shown !== kernels}
              selected={selected}
              marked={marked}
              onSelect={onSelect}
            />
          )}
        </>
      )}
    </section>
  );
}
