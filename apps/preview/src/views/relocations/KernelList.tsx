// The kernels of a range, with the way to the type on each.
import { counted } from '../../ui/numbers.js';
import { rem } from '../../ui/rem.js';
import { VirtualList } from '../../ui/VirtualList.js';
import { visible } from '../../ui/visible.js';
import { href } from '../../workspace/route.js';
import type { Kernel } from '../../workspace/sources.js';

/** Of a row, in root ems. */
const HEIGHT = 1.75;
/** How many rows are seen at once. */
const SEEN = 8;

export function KernelList({ kernels, type }: { kernels: readonly Kernel[]; type: string }) {
  const height = HEIGHT * rem();
  const [first] = kernels;
  if (first && kernels.length === 1)
    return (
      <p>
        <a href={href('types', [first.key, type])}>{visible(type)}</a> among its types
      </p>
    );
  return (
    <details class="kernels">
      <summary>
        {counted(kernels.length, 'kernel')}: <code>{visible(type)}</code> on each
      </summary>
      <VirtualList
        role="list"
        aria-label="Kernels of this range"
        count={kernels.length}
        rowHeight={height}
        style={{ height: `${height * Math.min(kernels.length, SEEN)}px` }}
      >
        {({ index, style }) => {
          const kernel = kernels[index];
          return (
            kernel && (
              // biome-ignore lint/a11y/useSemanticElements: its place in the list is not that in the document
              <div key={kernel.key} role="listitem" style={style}>
                <a href={href('types', [kernel.key, type])}>{visible(kernel.label)}</a>
              </div>
            )
          );
        }}
      </VirtualList>
    </details>
  );
}
