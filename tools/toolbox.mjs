// The programs the build needs beside Node and rustup, each in one pinned version, and the environment that finds them.

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ask, capture, root, SetupError, step } from './process.mjs';

const WASM_PACK = '0.15.1';

/** Tools live in the user's cache, one folder per version: every clone shares them and no clean-up wipes them. */
export const toolCache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'bpfc', 'tools');

const requirements = join(root, 'examples', 'wasi-python', 'requirements.txt');

/** wasm-bindgen's command and library must be of one version. */
function wasmBindgenVersion() {
  const lock = readFileSync(join(root, 'Cargo.lock'), 'utf8');
  const version = /^name = "wasm-bindgen"\nversion = "([^"]+)"$/m.exec(lock)?.[1];
  if (version === undefined) {
    throw new SetupError('Cargo.lock names no wasm-bindgen');
  }
  return version;
}

function pnpmVersion() {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).packageManager.split('@')[1];
}

function cargoTools() {
  return [
    // Without --locked, wasm-bindgen-cli builds with the libraries that the registry still serves.
    { crate: 'wasm-bindgen-cli', command: 'wasm-bindgen', version: wasmBindgenVersion(), locked: false },
    { crate: 'wasm-pack', command: 'wasm-pack', version: WASM_PACK, locked: true },
  ].map((tool) => ({ ...tool, folder: join(toolCache, `${tool.crate}-${tool.version}`) }));
}

function pnpmFolder() {
  return join(toolCache, `pnpm-${pnpmVersion()}`);
}

/** What the example in Python imports, in the version that its requirements.txt names. */
function wasmtimeFolder() {
  const version = /^wasmtime==(\S+)/m.exec(readFileSync(requirements, 'utf8'))?.[1];
  return join(toolCache, `python-wasmtime-${version}`);
}

/** The environment for every program that set-up, build and tests start: the tools first on PATH. */
export function environment() {
  const path = [
    join(root, 'node_modules', '.bin'),
    join(pnpmFolder(), 'node_modules', '.bin'),
    ...cargoTools().map(({ folder }) => join(folder, 'bin')),
    process.env.PATH,
    // A shell opened before rustup was installed.
    join(process.env.CARGO_HOME || join(homedir(), '.cargo'), 'bin'),
  ];
  /** @type {NodeJS.ProcessEnv} */
  const env = {
    ...process.env,
    PATH: path.join(delimiter),
    PYTHONPATH: wasmtimeFolder(),
    TURBO_TELEMETRY_DISABLED: '1',
    DO_NOT_TRACK: '1',
    NO_UPDATE_NOTIFIER: '1',
  };
  // `npm --silent test` is about npm's own lines; pnpm would read it as well.
  delete env.npm_config_loglevel;
  return env;
}

/** Installs wasm-bindgen and wasm-pack, unless one of the right version is on PATH. */
export function installCargoTools() {
  for (const { crate, command, version, locked, folder } of cargoTools()) {
    if (ask(command, ['--version'], environment())?.split(' ')[1] === version) {
      continue;
    }
    step(`compiling ${crate} ${version} (2 to 4 minutes, once per machine)`, () => {
      const args = ['install', crate, '--version', version, '--root', folder, '--force'];
      capture('cargo', locked ? [...args, '--locked'] : args, { env: environment() });
    });
  }
}

/** Installs pnpm by npm into the cache: no root, no corepack, no network the next time. */
export function installPnpm() {
  const version = pnpmVersion();
  install(`pnpm ${version}`, pnpmFolder(), (folder) => {
    capture('npm', ['install', '--prefix', folder, '--ignore-scripts', '--no-save', `pnpm@${version}`]);
  });
}

/** Installs wasmtime for Python by pip into the cache: no root, no virtual environment. */
export function installWasmtime() {
  install('wasmtime for Python', wasmtimeFolder(), (folder) => {
    const checked = ['--require-hashes', '--only-binary', ':all:', '--disable-pip-version-check'];
    capture('python3', ['-m', 'pip', 'install', ...checked, '--target', folder, '-r', requirements]);
  });
}

/**
 * Makes a folder of the cache, whole or not at all, unless it is there.
 * @param {string} what
 * @param {string} folder
 * @param {(folder: string) => void} fill
 */
export function install(what, folder, fill) {
  if (existsSync(folder)) {
    return;
  }
  step(what, () => {
    const partial = `${folder}.${process.pid}`;
    try {
      mkdirSync(partial, { recursive: true });
      fill(partial);
      rmSync(folder, { recursive: true, force: true });
      renameSync(partial, folder);
    } finally {
      rmSync(partial, { recursive: true, force: true });
    }
  });
}
