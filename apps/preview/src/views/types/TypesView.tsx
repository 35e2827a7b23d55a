// The types of a BTF: found, in C, laid out, and beside those of another.
import { useEffect, useMemo } from 'preact/hooks';
import { engine } from '../../engine/client.js';
import { wordsOf } from '../../engine/named.js';
import { placeOf } from '../../engine/source.js';
import { Combobox } from '../../ui/Combobox.js';
import { Nothing } from '../../ui/Nothing.js';
import { Problem } from '../../ui/Problem.js';
import { useAnswer } from '../../ui/use-answer.js';
import { useSettled } from '../../ui/use-settled.js';
import { visible } from '../../ui/visible.js';
import { opening } from '../../workspace/files.js';
import { route } from '../../workspace/route.js';
import { Comparison } from './Comparison.js';
import { goTo, hrefOfPlace, type Place, placeOfRoute } from './place.js';
import { Search } from './Search.js';
import { TypePanel } from './TypePanel.js';
import { type TypeSource, typeSources } from './type-sources.js';
import './types.css';

export function TypesView() {
  const place = placeOfRoute(route.value);
  const all = typeSources.value;
  const source = place.source === undefined ? all[0] : all.find(({ key }) => key === place.source);
  const beside = all.find(({ key }) => key === place.beside);
  if (all.length === 0) {
    return opening.value > 0 ? (
      <p class="pending">Reading…</p>
    ) : (
      <Nothing title="Types">
        Open kernels' BTFs (<code>/sys/kernel/btf/vmlinux</code>, <code>.btf.tar.xz</code>), a pack or an eBPF
        object: the page finds their types, shows them in C and byte by byte, and side by side for two
        kernels.
      </Nothing>
    );
  }
  return (
    <div class="types">
      <div class="row heading">
        <h1>Types</h1>
        <Combobox
          label="of"
          choices={all}
          chosen={source?.key}
          {...(source ? {} : { none: 'no such file is open' })}
          onChoose={(key) => key !== '' && goTo({ source: key, id: undefined })}
        />
        {all.length > 1 && (
          <Combobox
            label="beside"
            choices={all}
            chosen={place.beside}
            none={place.beside !== undefined && !beside ? 'no such file is open' : 'no other'}
            onChoose={(key) => goTo({ beside: key === '' ? undefined : key })}
          />
        )}
        {source && beside && (
          <button
            type="button"
            onClick={() => goTo({ source: beside.key, beside: source.key, id: undefined })}
          >
            <span aria-hidden="true">⇄</span> Swap
          </button>
        )}
      </div>
      {source ? (
        <Of source={source} beside={beside} place={{ ...place, source: source.key }} />
      ) : opening.value > 0 ? (
        <p class="pending">Reading…</p>
      ) : (
        <p>
          The address names <code>{visible(place.source ?? '')}</code>, which is not open.
        </p>
      )}
    </div>
  );
}

/** Milliseconds between two keystrokes of one word. */
const TYPING = 200;

function Of({ source, beside, place }: { source: TypeSource; beside: TypeSource | undefined; place: Place }) {
  const { words, id } = place;
  const at = placeOf(source.source);
  const { value, failure, pending } = useAnswer(
    async () => ({ source, words, type: await engine.type(source.source, words, id) }),
    [at, words, id],
  );
  const type = value?.type;
  useEffect(() => {
    // Once it is known what is shown, the address says so: its name, and the number only where it takes one.
    const now = placeOfRoute(route.peek());
    if (!type || pending || now.words !== words || now.id !== id) return;
    const needed = type.namesakes[0] === type.id || type.namesakes.length === 0 ? undefined : type.id;
    const isNumber = words === undefined || words.startsWith('#');
    const named = isNumber ? wordsOf(type) : words;
    if (words !== named || id !== needed)
      goTo({ source: source.key, words: named, id: needed }, { replace: true });
  }, [value, pending]);

  // What is searched for is in the links of what is shown, which take as long to draw as the search takes.
  const settled: Place = { ...place, q: useSettled(place.q, TYPING) };
  const content = useMemo(() => {
    if (failure) return <Problem failure={failure} />;
    if (!value) return <p class="pending">Reading the types…</p>;
    if (beside && words !== undefined) {
      return <Comparison old={source} current={beside} words={words} place={settled} />;
    }
    if (!type) return <Missing words={value.words} place={settled} />;
    return <TypePanel source={value.source} type={type} place={settled} />;
  }, [value, failure, at, beside && placeOf(beside.source), hrefOfPlace(settled)]);

  return (
    <>
      {[source, beside].map(
        (trimmed) =>
          trimmed?.trimmedIn !== undefined && (
            <p key={trimmed.key} class="notice">
              {visible(trimmed.trimmedIn)} has of {visible(trimmed.label)} just what its program needs: other
              types and members are left out.
            </p>
          ),
      )}
      <div class="found-and-shown">
        <Search
          source={source}
          text={place.q}
          onText={(q) => goTo({ q }, { replace: true })}
          open={type?.id}
          onOpen={(words, id) => goTo({ source: source.key, words, id, open: [] })}
          ready={value !== undefined || failure !== undefined}
        />
        <div class="shown">{content}</div>
      </div>
    </>
  );
}

function Missing({ words, place }: { words: string | undefined; place: Place }) {
  if (words === undefined) return <p>The BTF has no type with a name.</p>;
  const name = words.replace(/^\w+ /, '');
  return (
    <p>
      It has no <code>{visible(words)}</code>.{' '}
      <a href={hrefOfPlace({ ...place, q: name })}>
        Search for <code>{visible(name)}</code>
      </a>
    </p>
  );
}
