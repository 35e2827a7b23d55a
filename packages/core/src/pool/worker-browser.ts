// A worker of the pool in a browser.
import type { Bytes } from '../bytes.js';
import { serve } from './serve.js';

/** Only in workers: TypeScript's DOM, which the rest of the package is checked with, is that of pages. */
declare const FileReaderSync: new () => { readAsArrayBuffer(blob: Blob): ArrayBuffer };

const answer = serve({
  read: (kernel) =>
    kernel instanceof Blob ? new FileReaderSync().readAsArrayBuffer(kernel) : (kernel as Bytes),
  post: (answer, transfer) => postMessage(answer, { transfer }),
});
addEventListener('message', ({ data }) => answer(data));
