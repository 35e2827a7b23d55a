// What tests/interop needs: the published client of the packs, and the Rust that aya-obj asks for. Minutes, the first time.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, capture, root, step } from './process.mjs';
import { environment, install, toolCache } from './toolbox.mjs';

const ECLI_RS = '0.2.9';

const folder = join(toolCache, `ecli-rs-${ECLI_RS}`);

export const ecli = join(folder, 'bin', 'ecli-rs');
export const aya = join(root, 'tests', 'interop', 'aya');

export function setUpInterop() {
  const env = environment();
  install(`compiling ecli-rs ${ECLI_RS} (5 to 10 minutes, once per machine)`, folder, (partial) => {
    capture('cargo', ['install', 'ecli-rs', '--version', ECLI_RS, '--root', partial, '--locked'], { env });
  });
  const file = readFileSync(join(aya, 'rust-toolchain.toml'), 'utf8');
  const channel = /^channel = "(.+)"$/m.exec(file)?.[1] ?? '';
  if (ask('rustc', [`+${channel}`, '--version'], env) === undefined) {
    step(`Rust ${channel} for aya-obj`, () => {
      const args = ['toolchain', 'install', channel, '--profile', 'minimal', '--no-self-update'];
      capture('rustup', args, { env });
    });
  }
}
