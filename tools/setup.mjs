// Sets the repository up from a bare clone; what is there already is left alone.
//
//   node tools/setup.mjs demo       what `npm run demo` needs: the command built
//   node tools/setup.mjs preview    what `npm run preview` needs: the page built
//   node tools/setup.mjs release    what `npm run release:native` needs
//   node tools/setup.mjs            what `npm test` needs: all built, and more tools
//
// It runs before anything is installed, so it and what it imports use Node alone.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installPackages } from './apt.mjs';
import { ask, capture, exitWith, root, SetupError, seconds, step } from './process.mjs';
import { environment, installCargoTools, installPnpm, installWasmtime } from './toolbox.mjs';

/** What each level builds. @type {Record<Level, string[]>} */
const BUILT = {
  demo: ['--filter=btf-pack'],
  preview: ['--filter=@bpfc/preview'],
  release: ['--filter=@bpfc/wasi'],
  test: [],
};

/** @typedef {import('./apt.mjs').Level} Level */

/** @param {Level} level */
export function setUp(level) {
  const start = performance.now();
  checkNode();
  installPackages(level);
  installRust();
  installCargoTools();
  installPnpm();
  step('packages from the lock file', () => {
    capture('pnpm', ['install', '--frozen-lockfile', '--prefer-offline'], { env: environment() });
  });
  step('builds', () => {
    capture('turbo', ['run', 'build', ...BUILT[level]], { env: environment() });
  });
  if (level === 'test') {
    step('bpfc', () => {
      capture('cargo', ['build', '--locked', '--release', '-p', 'bpfc-cli'], { env: environment() });
    });
    step('libbpf_compatible', () => {
      capture('make', ['-C', join('crates', 'capi')], { env: environment() });
    });
    step('libbpf oracle', () => {
      // Fetched first: the oracle compiles the C sources that two releases of the crate libbpf-sys carry, which no crate builds.
      capture('cargo', ['fetch', '--locked'], { env: environment() });
      const old = join('tests', 'oracle', 'old', 'Cargo.toml');
      capture('cargo', ['fetch', '--locked', '--manifest-path', old], { env: environment() });
      capture('make', ['-C', join('tests', 'oracle'), '-j2', 'native', 's390x', 'debian', 'old'], {
        env: environment(),
      });
    });
    installGoModules();
    installWasmtime();
  }
  process.stdout.write(`setup: ready after ${seconds(performance.now() - start)}\n`);
}

function checkNode() {
  if (Number(process.versions.node.split('.')[0]) < 20) {
    throw new SetupError(`Node 20 or later is needed; this is ${process.versions.node}`);
  }
}

/** rustup's automatic installs may be off, so this asks for the toolchain of rust-toolchain.toml by name. */
function installRust() {
  const env = environment();
  if (ask('rustup', ['--version'], env) === undefined) {
    throw new SetupError('rustup is needed and not on PATH: see https://rustup.rs');
  }
  const { channel, components, targets } = toolchain();
  const installed = ask('rustup', ['component', 'list', '--installed', '--toolchain', channel], env) ?? '';
  if (
    [...components, ...targets.map((target) => `rust-std-${target}`)].every((part) =>
      installed.includes(part),
    )
  ) {
    return;
  }
  step(`Rust ${channel} with ${[...components, ...targets].join(', ')}`, () => {
    const args = ['toolchain', 'install', channel, '--profile', 'minimal', '--no-self-update'];
    capture('rustup', [...args, '-c', components.join(','), '-t', targets.join(',')], { env });
  });
}

/** The tests compare with cilium/ebpf, a Go package, and an example runs bpfc.wasm from Go. Go from 1.21 on fetches the release that a module asks for. */
function installGoModules() {
  const version = /^go version go1\.(\d+)/.exec(ask('go', ['version'], environment()) ?? '')?.[1];
  if (Number(version ?? 0) < 21) {
    throw new SetupError('the tests need Go 1.21 or newer on PATH: see https://go.dev/dl');
  }
  step('Go modules', () => {
    for (const folder of [join('tests', 'cilium'), join('examples', 'wasi-go')]) {
      capture('go', ['mod', 'download'], { cwd: join(root, folder), env: environment() });
    }
  });
}

/** What rust-toolchain.toml says. */
function toolchain() {
  const file = readFileSync(join(root, 'rust-toolchain.toml'), 'utf8');
  const values = (/** @type {string} */ key) => {
    const line = new RegExp(`^${key} = (.*)$`, 'm').exec(file)?.[1] ?? '';
    return [...line.matchAll(/"([^"]+)"/g)].map(([, value]) => value ?? '');
  };
  return {
    channel: values('channel')[0] ?? '',
    components: values('components'),
    targets: values('targets'),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await exitWith(() => {
    const level = process.argv[2] ?? 'test';
    if (level !== 'demo' && level !== 'preview' && level !== 'release' && level !== 'test') {
      throw new SetupError(`no set-up named '${level}': demo, preview, release or test`);
    }
    setUp(level);
    return 0;
  });
}
