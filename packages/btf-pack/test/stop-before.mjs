// Preloaded into the command line by tests: sends STOP_SIGNAL to it right before the step of its commit that has the
// number STOP_BEFORE. A step is a call that makes, writes, moves or removes something temporary.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { STOP_BEFORE, STOP_SIGNAL } = process.env;
let step = 0;

for (const [module, ...names] of [
  [fs, 'openSync', 'mkdirSync', 'writeFileSync', 'fsyncSync', 'renameSync'],
  [fs.promises, 'open', 'rm'],
]) {
  for (const name of names) {
    const call = module[name];
    module[name] = (...args) => {
      // By name, or open.
      const temporary =
        typeof args[0] === 'number' || args.slice(0, 2).some((path) => /\.tmp(\/|$)/.test(path));
      if (temporary && ++step === Number(STOP_BEFORE)) process.kill(process.pid, STOP_SIGNAL);
      return call(...args);
    };
  }
}
syncBuiltinESMExports();
