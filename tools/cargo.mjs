// What every build of a crate that is published has in common.

import { homedir } from 'node:os';
import { join } from 'node:path';
import { ask, root } from './process.mjs';
import { environment } from './toolbox.mjs';

/**
 * Options of `cargo build` that keep the builder's folders out of the texts of panics: same bytes wherever sources lie.
 * @param {string} target
 * @param {string[]} [more] further flags of rustc
 */
export function withoutFolders(target, more = []) {
  const cargo = process.env.CARGO_HOME || join(homedir(), '.cargo');
  const flags = [...more, `--remap-path-prefix=${cargo}=/cargo`, `--remap-path-prefix=${root}=/bpfc`];
  // Where the standard library is compiled as well: what its own builds say.
  const sysroot = ask('rustc', ['--print', 'sysroot'], environment());
  const commit = /^commit-hash: (.*)$/m.exec(ask('rustc', ['-vV'], environment()) ?? '')?.[1];
  flags.push(`--remap-path-prefix=${sysroot}/lib/rustlib/src/rust=/rustc/${commit}`);
  // Joined with the flags of .cargo/config.toml.
  return ['--config', `target.${target}.rustflags=${JSON.stringify(flags)}`];
}

/** The folder that cargo builds in. */
export function targetFolder() {
  return process.env.CARGO_TARGET_DIR || join(root, 'target');
}
