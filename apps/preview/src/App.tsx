// The frame: what is open, the tabs, and the view that is shown.
import { effect } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { DropTarget } from './files/DropTarget.js';
import { Files } from './files/Files.js';
import { Welcome } from './files/Welcome.js';
import { Problem } from './ui/Problem.js';
import { ThemeSwitch } from './ui/ThemeSwitch.js';
import { useAnswer } from './ui/use-answer.js';
import { type View, viewOf, views } from './views/index.js';
import { files } from './workspace/files.js';
import { go, href, route } from './workspace/route.js';

// Who opens a first file without having asked for a view gets the one that shows it.
effect(() => {
  const [first] = files.value;
  if (first && route.value.view === '') go(href(viewOf[first.told.is]), { replace: true });
});

const NAME = 'bpfc preview';

/** The code of views comes while a reader looks for a file; that of the console only for those who open it. */
function loadViews(): void {
  for (const { id, load } of views) {
    // One that cannot be had is told when it is opened.
    if (id !== 'console') load().catch(() => {});
  }
}

export function App() {
  useEffect(loadViews, []);
  const shown = views.find(({ id }) => id === route.value.view);
  useEffect(() => {
    document.title = shown ? `${shown.title} · ${NAME}` : NAME;
  }, [shown]);
  return (
    <DropTarget>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the content
      </button>
      <header class="bar">
        <a class="brand" href={href('')}>
          <img src="./icon.svg" alt="" width="24" height="24" /> bpfc preview
        </a>
        <nav aria-label="Views">
          {views.map(({ id, title }) => (
            <a key={id} href={href(id)} aria-current={id === shown?.id ? 'page' : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <ThemeSwitch />
      </header>
      <Files />
      <main id="main" tabIndex={-1}>
        {shown ? <Shown key={shown.id} view={shown} /> : <Welcome />}
      </main>
    </DropTarget>
  );
}

/** A view's component, once it is loaded. */
function Shown({ view }: { view: View }) {
  // In an object, since a component is a function, which state would call.
  const { value, failure } = useAnswer<{ View: ComponentType }>(
    async () => ({ View: await view.load() }),
    [view],
  );
  if (failure) return <Problem failure={failure} />;
  return value ? <value.View /> : <p class="pending">Loading…</p>;
}
