import { render } from 'preact';
import './app.css';
import { App } from './App.js';
import { openAddressed } from './workspace/incoming.js';

render(<App />, document.getElementById('app') as HTMLElement);
void openAddressed();

// Where the page is served by `vite` itself there is none, and nothing to keep.
if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  // Without it the page works, but not offline: a private window may refuse it.
  navigator.serviceWorker.register('./service-worker.js').catch(() => {});
}
