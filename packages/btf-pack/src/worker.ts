// One worker of the pool: a WebAssembly instance that trims the files it is sent, one at a time.
import { parentPort, workerData } from 'node:worker_threads';
import { initSync } from '@bpfc/core/slim';
import type { WorkerStart } from './pool.js';
import { TrimSession } from './session.js';

const { module, objects } = workerData as WorkerStart;
initSync(module);
const session = new TrimSession(objects);

parentPort?.on('message', (file: string) => {
  const outcome = session.trim(file);
  const transfer = outcome.trimmed ? [outcome.trimmed.btf.buffer as ArrayBuffer] : [];
  parentPort?.postMessage(outcome, transfer);
});
