// A worker of the pool in Node.
import { readFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { Bytes } from '../bytes.js';
import { serve } from './serve.js';

const answer = serve({
  read: (kernel) => (typeof kernel === 'string' ? readFileSync(kernel) : (kernel as Bytes)),
  post: (answer, transfer) => parentPort?.postMessage(answer, transfer),
});
parentPort?.on('message', answer);
