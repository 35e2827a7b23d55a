// The command that gives the same bytes.
import { quoted } from '../../ui/quoted.js';
import type { PackOrder } from './packer.js';

/** More kernels than this are named by the folder that they are in, if there is one. */
const MOST_NAMED = 4;

/** `btf-pack pack ...`, to be pasted into a shell. */
export function commandLine(order: PackOrder, output: string): string {
  const words = ['btf-pack', 'pack', ...order.programs.map(({ name }) => name)];
  const paths = order.kernels.map(({ path }) => path);
  words.push('--from', ...(paths.length > MOST_NAMED ? foldersOf(paths) : paths));
  if (order.globs.length > 0) words.push('--kernels', ...order.globs);
  if (output.endsWith('.o')) words.push('--target', order.arch);
  if (order.layout !== 'bpf-compatible') words.push('--layout', order.layout);
  if (order.main) words.push('--main', order.main);
  if (!order.aliases) words.push('--no-aliases');
  if (order.strict) words.push('--strict');
  if (order.compat) words.push('--btf-compat');
  return [...words, '-o', output].map(quoted).join(' ');
}

/** The first folders of the paths; a path without one as it is. */
function foldersOf(paths: readonly string[]): string[] {
  return [...new Set(paths.map((path) => path.replace(/\/.*$/s, '')))];
}
