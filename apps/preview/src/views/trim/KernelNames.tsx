// Which kernel each open BTF is of: most paths say it, for the others the reader may.

import { counted } from '../../ui/numbers.js';
import { VirtualList } from '../../ui/VirtualList.js';
import { visible } from '../../ui/visible.js';
import { btfs } from '../../workspace/files.js';

/** Pixels. */
const ROW = 44;
const MOST_ROWS = 6;

export function KernelNames({
  said,
  arch,
  onSay,
}: {
  said: Readonly<Record<string, string>>;
  arch: string;
  onSay: (said: Readonly<Record<string, string>>) => void;
}) {
  const nameless = btfs.value.filter(({ name, identities }) => !identities.get(name));
  const named = btfs.value.length - nameless.length;
  return (
    <>
      {named > 0 && <p>{counted(named, 'kernel')} by their paths, ID/VERSION/ARCH/RELEASE.</p>}
      {nameless.length > 0 && (
        <>
          <p id="nameless">
            {counted(nameless.length, 'BTF')} whose path does not say of which kernel: a machine finds it by
            ID and VERSION_ID of its os-release, <code>uname -m</code> and <code>uname -r</code>.
          </p>
          <VirtualList
            count={nameless.length}
            rowHeight={ROW}
            style={{ height: `${Math.min(nameless.length, MOST_ROWS) * ROW}px` }}
            role="group"
            aria-labelledby="nameless"
          >
            {({ index, style }) => {
              const name = nameless[index]?.name ?? '';
              return (
                <div key={index} style={style} class="kernel-name">
                  <span class="name" title={visible(name)}>
                    {visible(name)}
                  </span>
                  <input
                    aria-label={`Kernel of ${visible(name)}`}
                    placeholder={`unknown/0/${arch}/${name.replace(/^.*\//s, '').replace(/\.btf(\.tar)?(\.[xg]z)?$/, '')}`}
                    value={said[name] ?? ''}
                    onInput={({ currentTarget }) => onSay({ ...said, [name]: currentTarget.value.trim() })}
                  />
                </div>
              );
            }}
          </VirtualList>
        </>
      )}
    </>
  );
}
