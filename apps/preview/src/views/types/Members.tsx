// The members of a layout as a table that unfolds: the picture in words.
// After the pattern of WAI-ARIA: https://www.w3.org/WAI/ARIA/apg/patterns/treegrid/
import { useId } from 'preact/hooks';
import { offset } from '../../ui/numbers.js';
import { rem } from '../../ui/rem.js';
import * as roles from '../../ui/table-roles.js';
import { useNarrow } from '../../ui/use-narrow.js';
import { VirtualList } from '../../ui/VirtualList.js';
import { visible } from '../../ui/visible.js';
import type { Part } from './expand.js';
import { lookOf, nameOf, sizeOf } from './part-words.js';
import { hrefOfType, type Place } from './place.js';

export interface MembersProps {
  label: string;
  parts: readonly Part[];
  /** Indexes of parts. */
  active: number;
  hovered: number | undefined;
  onActive: (part: number) => void;
  onHover: (part: number | undefined) => void;
  /** Lays a member out in place, or no more. */
  onToggle: (place: string) => void;
  place: Place;
}

/** Of a row, in root ems; on narrow pages it has two lines. */
const ROW = 1.75;
const NARROW_ROW = 3;
/** Height of the whole, in rows. */
const SEEN = 20;
const NARROW_SEEN = 10;

export function Members({ label, parts, active, hovered, onActive, onHover, onToggle, place }: MembersProps) {
  const id = useId();
  const narrow = useNarrow();
  const height = (narrow ? NARROW_ROW : ROW) * rem();
  const at = Math.min(active, parts.length - 1);
  const part = parts[at];
  const onKeyDown = (event: KeyboardEvent) => {
    const { key, ctrlKey, metaKey, altKey } = event;
    if (ctrlKey || metaKey || altKey || !part) return;
    const seen = narrow ? NARROW_SEEN : SEEN;
    const to = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + seen,
      PageUp: at - seen,
      Home: 0,
      End: parts.length,
    }[key];
    if (to !== undefined) onActive(Math.min(Math.max(0, to), parts.length - 1));
    else if (key === 'ArrowRight' && part.isOpen === false) onToggle(part.place);
    else if (key === 'ArrowLeft' && part.isOpen) onToggle(part.place);
    else if (key === 'ArrowLeft') onActive(parentOf(parts, at));
    else if ((key === 'Enter' || key === ' ') && part.isOpen !== null) onToggle(part.place);
    else return;
    event.preventDefault();
  };
  return (
    <div
      class="members"
      role="treegrid"
      aria-label={label}
      aria-rowcount={parts.length + 1}
      aria-activedescendant={part && `${id}-${at}`}
      tabIndex={0}
      onKeyDown={onKeyDown}
    >
      <div {...roles.ROW_GROUP} class="head">
        <div {...roles.rowAt(1)} class="member">
          <span {...roles.COLUMN_HEADER} class="number">
            offset
          </span>
          <span {...roles.COLUMN_HEADER} class="number">
            size
          </span>
          <span {...roles.COLUMN_HEADER}>member</span>
          <span {...roles.COLUMN_HEADER}>type</span>
        </div>
      </div>
      <VirtualList
        {...roles.ROW_GROUP}
        tabIndex={-1}
        count={parts.length}
        rowHeight={height}
        shown={at}
        style={{ height: `${height * Math.min(parts.length, narrow ? NARROW_SEEN : SEEN)}px` }}
        onMouseLeave={() => onHover(undefined)}
      >
        {({ index, style }) => {
          const part = parts[index];
          return (
            part && (
              // biome-ignore lint/a11y/noStaticElementInteractions: the table has the focus and hears the keys
              // biome-ignore lint/a11y/useKeyWithClickEvents: as above
              <div
                key={index}
                id={`${id}-${index}`}
                {...roles.treeRowAt(index + 2, part.depth + 1, part.isOpen ?? undefined, index === at)}
                class={`member ${part.what} ${index === at ? 'active' : ''} ${index === hovered ? 'hovered' : ''}`}
                style={{ ...style, '--level': Math.min(part.depth, 12) }}
                onMouseEnter={() => onHover(index)}
                onClick={() => onActive(index)}
              >
                <Cells part={part} onToggle={onToggle} place={place} />
              </div>
            )
          );
        }}
      </VirtualList>
    </div>
  );
}

/** The row that a row is below. */
function parentOf(parts: readonly Part[], at: number): number {
  const depth = parts[at]?.depth ?? 0;
  const above = parts.slice(0, at).findLastIndex((part) => part.depth < depth);
  return above < 0 ? at : above;
}

function Cells({ part, onToggle, place }: { part: Part } & Pick<MembersProps, 'onToggle' | 'place'>) {
  const { bitOffset, type, open, isOpen } = part;
  return (
    <>
      <span {...roles.GRID_CELL} class="number">
        {offset(bitOffset)}
      </span>
      <span {...roles.GRID_CELL} class="number">
        {sizeOf(part)}
      </span>
      <span {...roles.GRID_CELL} class="name">
        <span class="twist" aria-hidden="true" onClick={() => isOpen !== null && onToggle(part.place)}>
          {isOpen === null ? '' : isOpen ? '▾' : '▸'}
        </span>
        <span class={`swatch ${lookOf(part)}`} aria-hidden="true" />{' '}
        <bdi class={part.name === '' ? 'unnamed' : 'mono'} title={visible(part.path)}>
          {nameOf(part)}
        </bdi>
      </span>
      <span {...roles.GRID_CELL} class="of mono" title={visible(type)}>
        {open !== null ? (
          <a
            href={hrefOfType(place, /^(struct|union) \w+$/.test(type) ? type : `#${open}`, open)}
            tabIndex={-1}
          >
            {visible(type)}
          </a>
        ) : (
          part.name !== '' && visible(type)
        )}
      </span>
    </>
  );
}
