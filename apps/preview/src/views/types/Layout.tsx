// Where the members of a struct or union lie: a picture of its bytes, and the same as a table.
import type { TypeLayout } from '@bpfc/core/slim';
import { useMemo, useState } from 'preact/hooks';
import { engine } from '../../engine/client.js';
import { placeOf, type Source } from '../../engine/source.js';
import { Chooser } from '../../ui/Chooser.js';
import { counted } from '../../ui/numbers.js';
import { Problem } from '../../ui/Problem.js';
import { useAnswer } from '../../ui/use-answer.js';
import { expand, missingIn } from './expand.js';
import { Members } from './Members.js';
import { Picture } from './Picture.js';
import { LOOKS, lookOf } from './part-words.js';
import { CACHE_LINES, type CacheLine, goTo, type Place } from './place.js';
import { type Sums, sumsOf } from './sums.js';
import './layout.css';

export interface LayoutProps {
  source: Source;
  id: number;
  /** What the type is called. */
  words: string;
  place: Place;
}

export function Layout({ source, id, words, place }: LayoutProps) {
  const asked = `${placeOf(source)} ${id}`;
  const opened = place.open.join(',');
  const { value, failure } = useAnswer(async () => {
    const layout = await engine.layout(source, id);
    return { asked, layout, layouts: await layoutsInside(source, layout, new Set(place.open)) };
  }, [asked, opened]);
  return (
    <section class="layout" aria-labelledby="layout">
      <h3 id="layout">Layout</h3>
      {failure ? (
        <Problem failure={failure} />
      ) : value?.asked === asked ? (
        <LaidOut key={asked} {...value} words={words} place={place} />
      ) : (
        <p class="pending">Laying it out…</p>
      )}
    </section>
  );
}

/** The layouts of the members that are open, and of those inside them. */
async function layoutsInside(
  source: Source,
  layout: TypeLayout,
  open: ReadonlySet<string>,
): Promise<Map<number, TypeLayout>> {
  const layouts = new Map<number, TypeLayout>();
  for (;;) {
    const missing = open.size === 0 ? [] : missingIn(expand(layout, open, layouts), open, layouts);
    if (missing.length === 0) return layouts;
    for (const id of missing) layouts.set(id, await engine.layout(source, id));
  }
}

function LaidOut({
  layout,
  layouts,
  words,
  place,
}: {
  layout: TypeLayout;
  layouts: ReadonlyMap<number, TypeLayout>;
  words: string;
  place: Place;
}) {
  const opened = place.open.join(',');
  const parts = useMemo(() => expand(layout, new Set(place.open), layouts), [layout, layouts, opened]);
  const sums = sumsOf(layout, place.line);
  const looks = new Set(parts.map(lookOf));
  /** Of a part: what the pointer is over, and what the keys are at. */
  const [hovered, setHovered] = useState<number>();
  const [active, setActive] = useState(0);
  const toggle = (at: string) => {
    const open = place.open.filter((other) => other !== at && !other.startsWith(`${at}.`));
    goTo({ open: open.length === place.open.length ? [...open, at] : open });
  };
  return (
    <>
      <p class="sums">{sumsText(sums, place.line)}</p>
      <div class="row">
        <Chooser
          label="Cache lines of"
          choices={CACHE_LINES.map((line) => ({ key: String(line), label: `${line} bytes` }))}
          chosen={String(place.line)}
          onChoose={(key) => goTo({ line: Number(key) as CacheLine }, { replace: true })}
        />
        <ul class="looks" aria-label="Colors">
          {LOOKS.filter(({ look }) => looks.has(look)).map(({ look, text }) => (
            <li key={look}>
              <span class={`swatch ${look}`} aria-hidden="true" /> {text}
            </li>
          ))}
        </ul>
      </div>
      <Picture
        label={`${words}: ${counted(layout.size, 'byte')} in ${counted(sums.cacheLines, 'cache line')}, as a picture of what the table says`}
        parts={parts}
        size={layout.size}
        line={place.line}
        hovered={hovered}
        active={active}
        onHover={setHovered}
        onChoose={setActive}
      />
      <Members
        label={`Members of ${words}`}
        parts={parts}
        active={active}
        hovered={hovered}
        onActive={setActive}
        onHover={setHovered}
        onToggle={toggle}
        place={place}
      />
    </>
  );
}

/** In pahole's words. */
function sumsText(sums: Sums, line: number): string {
  const said: [string, number, string][] = [
    ['size', sums.size, ''],
    ['cachelines', sums.cacheLines, ''],
    ['members', sums.members, ''],
    ['sum members', sums.sumMembers, ''],
    ['holes', sums.holes, ''],
    ['sum holes', sums.sumHoles, ''],
    ['sum bitfield members', sums.sumBitfields, ' bits'],
    ['bit holes', sums.bitHoles, ''],
    ['sum bit holes', sums.sumBitHoles, ' bits'],
    ['padding', sums.padding, ''],
    ['bit_padding', sums.bitPadding, ' bits'],
    ['last cacheline', sums.lastCacheLine, ` of ${line} bytes`],
  ];
  return said
    .filter(([, number], at) => number > 0 || at < 3)
    .map(([name, number, unit]) => `${name}: ${number}${unit}`)
    .join(', ');
}
