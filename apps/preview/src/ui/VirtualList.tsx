// A list of which only what is in sight exists: thousands of rows cost as much as forty.
import { defaultRangeExtractor } from '@tanstack/virtual-core';
import type { ComponentChildren, CSSProperties, HTMLAttributes } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useVirtualizer } from './use-virtualizer.js';

export interface VirtualRow {
  index: number;
  /** To be spread on the row's element: where it lies. */
  style: CSSProperties;
}

export interface VirtualListProps extends Omit<HTMLAttributes<HTMLDivElement>, 'children' | 'ref'> {
  count: number;
  /** Pixels. */
  rowHeight: number;
  /** Is scrolled into sight when it becomes another, and exists also where it is out of sight: it may be what is active. */
  shown?: number | undefined;
  children: (row: VirtualRow) => ComponentChildren;
}

/** Rows of one height. The attributes given are those of the element that scrolls: its role, its name, its keys. */
export function VirtualList({ count, rowHeight, shown, children, ...attributes }: VirtualListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer(scroller, {
    count,
    size: rowHeight,
    overscan: 8,
    rangeExtractor: (range) => {
      const rows = defaultRangeExtractor(range);
      const isElsewhere = shown !== undefined && shown >= 0 && shown < count && !rows.includes(shown);
      return isElsewhere ? [...rows, shown].sort((a, b) => a - b) : rows;
    },
  });
  useEffect(() => {
    if (shown !== undefined && shown >= 0) virtualizer.scrollToIndex(shown, { align: 'auto' });
  }, [virtualizer, shown]);
  return (
    <div {...attributes} ref={scroller} class={`virtual-list ${attributes.class ?? ''}`}>
      <div role="presentation" style={{ position: 'relative', height: `${virtualizer.getTotalSize()}px` }}>
        {virtualizer.getVirtualItems().map(({ index, start }) =>
          children({
            index,
            style: { position: 'absolute', insetInline: 0, top: `${start}px`, height: `${rowHeight}px` },
          }),
        )}
      </div>
    </div>
  );
}
