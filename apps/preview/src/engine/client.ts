// The page's side of the engine.
import { type Remote, wrap } from 'comlink';
import type { Engine } from './engine.js';
import { carryFailures } from './failure.js';

carryFailures();

/** The one engine. Its Worker starts with the page, so that the module is compiled when the first file comes. */
export const engine: Remote<Engine> = wrap<Engine>(
  new Worker(new URL('./engine-worker.ts', import.meta.url), { type: 'module', name: 'engine' }),
);
