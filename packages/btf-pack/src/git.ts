// The system's git.
import { spawn } from 'node:child_process';
import { CliCode, CliError } from './errors.js';

/** Set where git runs a hook; they would send every command to that repository. */
const HOOK_VARIABLES = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE'];

/** Runs git; its messages go to stderr, and nothing is asked of the terminal. */
export async function git(args: readonly string[]): Promise<void> {
  const env: NodeJS.ProcessEnv = { ...process.env, GIT_TERMINAL_PROMPT: '0' };
  for (const name of HOOK_VARIABLES) delete env[name];
  const child = spawn('git', args, { stdio: ['ignore', 'ignore', 'inherit'], env });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (error) => reject(notStarted(error)));
    child.once('close', resolve);
  });
  if (status !== 0) {
    const how = status === null ? 'was stopped' : `failed with status ${status}`;
    throw new CliError(CliCode.git, `\`git ${args.join(' ')}\` ${how}; its message is above`);
  }
}

function notStarted(error: NodeJS.ErrnoException): CliError {
  const text = error.code === 'ENOENT' ? 'git is not installed' : error.message;
  return new CliError(CliCode.git, `${text}; install git, or name an archive with --from`, { cause: error });
}
