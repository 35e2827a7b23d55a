// The bytes of a type: rows, cache lines, and blocks for its members.
import { useMemo, useRef } from 'preact/hooks';
import { count, counted, offset } from '../../ui/numbers.js';
import { rem } from '../../ui/rem.js';
import { useWidth } from '../../ui/use-width.js';
import { VirtualList } from '../../ui/VirtualList.js';
import { visible } from '../../ui/visible.js';
import type { Part } from './expand.js';
import { lookOf, nameOf, sizeOf } from './part-words.js';
import { type PictureRow, rowsOf, type Segment } from './picture.js';

export interface PictureProps {
  /** What a screen reader says of it. */
  label: string;
  parts: readonly Part[];
  /** Bytes. */
  size: number;
  /** Bytes of a cache line. */
  line: number;
  /** Indexes of parts. */
  hovered: number | undefined;
  active: number;
  onHover: (part: number | undefined) => void;
  onChoose: (part: number) => void;
}

/** Of a row, in root ems. */
const ROW = 1.6;
/** Height of the whole, in rows. */
const SEEN = 24;
/** Root ems that a pointer's eight bytes need to show a name, and that any name needs. */
const EIGHT = 9;
const NAME = 1.6;
/** Root ems of the column with the offsets. */
const WHERE = 5;

export function Picture({ label, parts, size, line, hovered, active, onHover, onChoose }: PictureProps) {
  const frame = useRef<HTMLDivElement>(null);
  const em = rem();
  const room = useWidth(frame) / em - WHERE;
  const width = bytesBeside(room, line);
  const rows = useMemo(() => rowsOf(parts, size, width), [parts, size, width]);
  const shown = useMemo(
    () => rows.findIndex(({ segments }) => segments.some(({ index }) => index === active)),
    [rows, active],
  );
  const height = ROW * em;
  return (
    <div ref={frame} class="picture">
      <VirtualList
        role="img"
        aria-label={label}
        tabIndex={0}
        count={rows.length}
        rowHeight={height}
        shown={shown}
        style={{ height: `${height * Math.min(rows.length, SEEN)}px` }}
        onMouseLeave={() => onHover(undefined)}
      >
        {({ index, style }) => {
          const row = rows[index];
          return (
            row && (
              <Row
                key={index}
                row={row}
                style={style}
                width={width}
                room={room}
                line={line}
                parts={parts}
                hovered={hovered}
                active={active}
                onHover={onHover}
                onChoose={onChoose}
              />
            )
          );
        }}
      </VirtualList>
    </div>
  );
}

/** As many bytes as have room, but no more than a cache line. */
function bytesBeside(room: number, line: number): number {
  const bytes = Math.max(1, Math.floor(room / EIGHT)) * 8;
  return Math.min(line, 64, 2 ** Math.floor(Math.log2(bytes)));
}

function Row({
  row: { offset: start, bytes, lane, segments },
  style,
  width,
  room,
  line,
  parts,
  hovered,
  active,
  onHover,
  onChoose,
}: Omit<PictureProps, 'label' | 'size'> & {
  row: PictureRow;
  style: preact.CSSProperties;
  width: number;
  room: number;
}) {
  const isLine = lane === 0 && start % line === 0;
  const lines = `${start / line}${bytes > line ? `–${Math.floor((start + bytes - 1) / line)}` : ''}`;
  return (
    <div class={`bytes ${isLine ? 'line' : ''} ${lane > 0 ? 'or' : ''}`} style={style}>
      <span class="where">
        {isLine && <span class="line-number">L{lines}</span>}
        <span class="offset">{lane === 0 ? count(start) : 'or'}</span>
      </span>
      <span class="cells">
        {segments.map((segment) => {
          const part = parts[segment.index];
          return (
            part && (
              <Block
                key={segment.index}
                segment={segment}
                part={part}
                width={width}
                room={room}
                folded={bytes > width ? bytes : undefined}
                isHovered={segment.index === hovered}
                isActive={segment.index === active}
                onHover={onHover}
                onChoose={onChoose}
              />
            )
          );
        })}
      </span>
    </div>
  );
}

function Block({
  segment: { index, start, end, first, last, named },
  part,
  width,
  room,
  folded,
  isHovered,
  isActive,
  onHover,
  onChoose,
}: Pick<PictureProps, 'onHover' | 'onChoose'> & {
  segment: Segment;
  part: Part;
  width: number;
  room: number;
  /** Bytes, where the row stands for several. */
  folded: number | undefined;
  isHovered: boolean;
  isActive: boolean;
}) {
  const bits = width * 8;
  const classes = [
    'block',
    lookOf(part),
    first && 'first',
    last && 'last',
    folded && 'folded',
    isHovered && 'hovered',
    isActive && 'active',
  ];
  const size = sizeOf(part);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the table does the same by keys
    // biome-ignore lint/a11y/useKeyWithClickEvents: as above
    <span
      class={classes.filter(Boolean).join(' ')}
      style={{ insetInlineStart: `${(start / bits) * 100}%`, width: `${((end - start) / bits) * 100}%` }}
      title={`${visible(part.path) || nameOf(part)}\n${part.type && `${visible(part.type)}\n`}at ${offset(part.bitOffset)}, ${/^\d+$/.test(size) ? counted(Number(size), 'byte') : size}`}
      onMouseEnter={() => onHover(index)}
      onClick={() => onChoose(index)}
    >
      {((end - start) / bits) * room < NAME ? null : named ? (
        <>
          <bdi>{nameOf(part)}</bdi>
          {part.what !== 'member' && folded === undefined && ` ${size}`}
          {folded !== undefined && <span class="run"> ⋯ {counted(folded, 'byte')}</span>}
        </>
      ) : (
        !first && <bdi class="more">{nameOf(part)}</bdi>
      )}
    </span>
  );
}
