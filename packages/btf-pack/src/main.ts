// The command line as a whole: which commands there are, and how they end.
import type { TrimPool } from '@bpfc/core/pool';
import { Command, CommanderError } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { addAdd } from './commands/add.js';
import { addBtfgen } from './commands/btfgen.js';
import { addCache } from './commands/cache.js';
import { addDiff } from './commands/diff.js';
import { addDump } from './commands/dump.js';
import { addFetch } from './commands/fetch.js';
import { addIndex } from './commands/index.js';
import { addInspect } from './commands/inspect.js';
import { addList } from './commands/list.js';
import { addPack } from './commands/pack.js';
import { addRun } from './commands/run.js';
import { addSelect } from './commands/select.js';
import { addTrim } from './commands/trim.js';
import { addVerify } from './commands/verify.js';
import { CliCode, toProblem } from './errors.js';
import { discardAll } from './output.js';
import { endWhenNotWritten, errorLine } from './print.js';

const AFTER = `
Exit status: 0 done; 1 failed, with \`btf-pack: CODE: text\` on stderr; 2 the command line is wrong.
NO_COLOR turns colors off.

Example:
  btf-pack pack execsnoop.bpf.o --from ../btfhub-archive -o execsnoop.tar
`;

const FAILED = 1;
const USAGE = 2;

/**
 * Runs one command line; returns the exit status.
 *
 * @param pool - started already, for commands that trim many kernels
 */
export async function main(args: readonly string[], pool?: TrimPool): Promise<number> {
  endWhenNotWritten();
  // `run` writes nothing, and ends by itself.
  if (args[0] !== 'run') discardWhenStopped();
  try {
    await createProgram(pool).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    // It said what is wrong already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
    const { code, message } = toProblem(error);
    process.stderr.write(errorLine(code, message));
    if (code === CliCode.internal && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    return code === CliCode.usage ? USAGE : FAILED;
  }
}

/** The commands, for `main` and for tests of the help. */
export function createProgram(pool?: TrimPool): Command {
  const program = new Command('btf-pack')
    .description(manifest.description)
    .version(manifest.version)
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(errorLine(CliCode.usage, text.replace(/^error: /, ''))),
    })
    .showHelpAfterError('(--help shows what there is)')
    .addHelpText('after', AFTER);
  for (const add of [
    addPack,
    addTrim,
    addVerify,
    addSelect,
    addInspect,
    addDump,
    addDiff,
    addBtfgen,
    addFetch,
    addList,
    addCache,
    addIndex,
    addAdd,
    addRun,
  ]) {
    add(program, pool);
  }
  return program;
}

/** Then dies of the same signal, so that a shell or make sees it. */
function discardWhenStopped(): void {
  process.once('exit', discardAll);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      discardAll();
      process.kill(process.pid, signal);
    });
  }
}
