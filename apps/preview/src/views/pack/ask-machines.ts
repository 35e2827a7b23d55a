// The page's side of the Worker for machines, which starts with the first question.
import { connect } from '../../engine/connect.js';
import type { Machines } from './machines-worker.js';

export const machines = connect<Machines>(
  () => new Worker(new URL('./machines-worker.ts', import.meta.url), { type: 'module', name: 'machines' }),
).ask;
