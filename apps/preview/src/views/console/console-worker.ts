// The Worker that runs the command; its modules are loaded with the first view of the console.

import command from '@bpfc/wasi/bpfc.wasm?url';
import { init, type RunResult, run } from '@bpfc/wasi/slim';
import host from '@bpfc/wasi/wasmer.wasm?url';
import { expose, transfer } from 'comlink';
import { bytesOfBlob } from '../../engine/bytes.js';
import { carryFailures } from '../../engine/failure.js';

const ready = init({ command: fetch(command), host: fetch(host) });
// Told with the first run.
ready.catch(() => {});

export interface Runner {
  run(args: readonly string[], files: ReadonlyMap<string, Blob>): Promise<RunResult>;
}

const runner: Runner = {
  async run(args, files) {
    await ready;
    // A file is read when the command line names it: an archive is hundreds of megabytes.
    const named = [...files].filter(([name]) => args.some((arg) => arg === name || arg.endsWith(`=${name}`)));
    const given = await Promise.all(
      named.map(async ([name, blob]) => [name, await bytesOfBlob(blob)] as const),
    );
    const result = await run(args, { files: Object.fromEntries(given) });
    return transfer(
      result,
      Object.values(result.files).map(({ buffer }) => buffer as ArrayBuffer),
    );
  },
};

carryFailures();
expose(runner);
