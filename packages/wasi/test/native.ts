// The native command, which the module has to be the same as: built before the tests, of the same sources.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

export const bpfc = join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'release', 'bpfc');

export default function build(): void {
  execFileSync('cargo', ['build', '--quiet', '--locked', '--release', '--package', 'bpfc-cli'], {
    cwd: root,
    stdio: 'inherit',
  });
}
