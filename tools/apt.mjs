// Debian's and Ubuntu's packages, by level: only what is missing is asked for, and nothing missing means no apt call.

import { ask, capture, SetupError, step } from './process.mjs';

const demo = [
  // A C linker: Rust build scripts and procedural macros are programs of the host.
  'gcc',
  'libc6-dev',
  // liblzma for WASM.
  'clang-19',
  'llvm-19',
];

const release = [
  ...demo,
  // bpfc as one static file: the C compilers for liblzma.
  'musl-tools',
  'gcc-aarch64-linux-gnu',
  'libc6-dev-arm64-cross',
  // The library for C, and libbpf's headers for who includes its own.
  'make',
  'libbpf-dev',
  // To try what was built.
  'qemu-user-static',
  'xz-utils',
];

const test = [
  ...release,
  // The fixtures: clang makes eBPF objects of them, and these read them back.
  'bpftool',
  'pahole',
  // The libbpf oracle: libbpf 1.7 as libbpf-sys vendors it, Debian's own beside it, and both for s390x.
  'pkg-config',
  'libelf-dev',
  'zlib1g-dev',
  'gcc-s390x-linux-gnu',
  'libc6-dev-s390x-cross',
  // The examples on a kernel without BTF, s390x again.
  'qemu-system-misc',
  // The library for C, as its users build with it; under valgrind, which reads the C library's symbols.
  'g++',
  'valgrind',
  'libc6-dbg',
  // The example of running bpfc.wasm from Python.
  'python3',
  'python3-pip',
  // The browser that packages/e2e and apps/preview drive.
  'chromium',
  // What packages/loader calls.
  'libbpf1',
  // What packages/hub fetches from: mirrors over HTTP and TLS, repositories by git's own servers.
  'nginx',
  'fcgiwrap',
  'git',
  'openssl',
  // The peer of fetch, in the bench.
  'wget',
  // Kernel images and packages, made as distributions make them.
  'binutils',
  'lz4',
  'zstd',
];

const levels = { demo, preview: demo, release, test };

/** @typedef {keyof typeof levels} Level */

/** Ubuntu's names, where it has no package of Debian's. */
const substitutes = new Map([
  // Older Ubuntus: the kernel's tools carry the program.
  ['bpftool', 'linux-tools-generic'],
  // Installs the snap, which needs a running snapd; elsewhere BPFC_CHROMIUM names another Chromium or Chrome.
  ['chromium', 'chromium-browser'],
]);

/** @param {Level} level */
export function installPackages(level) {
  if (ask('dpkg-query', ['--version']) === undefined) {
    process.stdout.write(
      `setup: no Debian or Ubuntu here; assuming what stands for: ${levels[level].join(' ')}\n`,
    );
    return;
  }
  const missing = levels[level].filter((name) => !isInstalled(name));
  if (missing.length === 0) {
    return;
  }
  const prefix = rootPrefix();
  if (prefix === undefined) {
    throw new SetupError(
      `Debian packages are missing, and installing them takes root. Run this once, then try again:\n\n` +
        `  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing.join(' ')}\n`,
    );
  }
  step('apt package lists', () => apt(prefix, ['update']));
  const names = missing.map((name) => (isKnown(name) ? name : (substitutes.get(name) ?? name)));
  step(`apt packages: ${names.join(' ')}`, () => {
    apt(prefix, ['install', '-y', '--no-install-recommends', ...names]);
  });
}

/** @param {string} name */
function isInstalled(name) {
  return [name, substitutes.get(name)].some(
    (candidate) =>
      candidate !== undefined &&
      // Multi-arch packages answer once per architecture.
      ask('dpkg-query', ['-s', candidate])?.includes('Status: install ok installed'),
  );
}

/** @param {string} name */
function isKnown(name) {
  return /Candidate: (?!\(none\))/.test(ask('apt-cache', ['policy', name]) ?? '');
}

/** What to put before apt-get to be root, or `undefined` when there is no way without a password. */
function rootPrefix() {
  if (process.getuid?.() === 0) {
    return [];
  }
  return ask('sudo', ['-n', 'true']) === undefined ? undefined : ['sudo', '-n'];
}

/**
 * @param {string[]} prefix
 * @param {string[]} args
 */
function apt(prefix, args) {
  // `env`, because sudo drops variables.
  const [command, ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', ...args];
  capture(command ?? '', rest);
}
