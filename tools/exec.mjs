// Runs a program with the toolbox on PATH: node tools/exec.mjs pnpm add ...

import { exitWith, run, SetupError } from './process.mjs';
import { environment } from './toolbox.mjs';

await exitWith(() => {
  const [command, ...args] = process.argv.slice(2);
  if (command === undefined) {
    throw new SetupError('usage: node tools/exec.mjs PROGRAM [ARGUMENT...]');
  }
  return run(command, args, environment());
});
