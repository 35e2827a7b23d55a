#!/usr/bin/env node
import { TrimPool } from '@bpfc/core/pool';

/** Commands that trim many kernels. */
const WITH_POOL = ['pack', 'btfgen'];

const args = process.argv.slice(2);
// Workers start up while the rest of the program is loaded, the program read and kernels are looked for.
const pool = WITH_POOL.includes(args[0] ?? '') ? new TrimPool() : undefined;

import('./main.js')
  .then(({ main }) => main(args, pool))
  .then((status) => {
    process.exitCode = status;
  });
