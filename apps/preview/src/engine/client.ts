// The one engine.
import { connect } from './connect.js';
import type { Engine } from './engine.js';

const connection = connect<Engine>(
  () => new Worker(new URL('./engine-worker.ts', import.meta.url), { type: 'module', name: 'engine' }),
);
// With the page, so that the module is compiled when the first file comes.
connection.begin();

export const engine = connection.ask;
