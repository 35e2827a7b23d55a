// Makes a release of the command and of the library for C, in dist/, and tries it:
//
//   bpfc-x86_64-linux, bpfc-aarch64-linux             static programs
//   bpfc.wasm                                         for WASI hosts
//   libbpf_compatible-{x86_64,aarch64}-linux-gnu.tar.gz   library and headers
//   bpfc.cdx.json, libbpf_compatible.cdx.json         what is inside (CycloneDX)
//   SHA256SUMS

import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { machine as thisMachine, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { targetFolder, withoutFolders } from './cargo.mjs';
import { capture, exitWith, root, SetupError, step } from './process.mjs';
import { buildLibrary, LIBRARY_CRATE, libraries, tryLibrary } from './release-library.mjs';
import { billOf } from './sbom.mjs';
import { setUp } from './setup.mjs';
import { environment } from './toolbox.mjs';

const CRATE = 'bpfc-cli';
const PROFILE = 'native';
const WASI = 'wasm32-wasip1';

const programs = ['x86_64', 'aarch64'].map((machine) => ({
  machine,
  target: `${machine}-unknown-linux-musl`,
  file: `bpfc-${machine}-linux`,
}));

const dist = join(root, 'dist');

/**
 * Compiles for a target, and returns where the program is.
 * @param {string} target
 */
function build(target) {
  const env = environment();
  // Either would replace what withoutFolders says.
  delete env.RUSTFLAGS;
  delete env.CARGO_ENCODED_RUSTFLAGS;
  const options = ['--package', CRATE, '--target', target, '--profile', PROFILE, ...withoutFolders(target)];
  capture('cargo', ['build', '--locked', ...options], { env });
  return join(targetFolder(), target, PROFILE, 'bpfc');
}

/** Each program says its version, and trims a BTF as the module does, to the byte. */
async function tryAll() {
  const scratch = mkdtempSync(join(tmpdir(), 'bpfc-release-'));
  try {
    // An object has BTF of its own; in .tar.xz it takes all decoders.
    const object = join(root, 'packages', 'fixtures', 'objects', 'bpfel', 'execsnoop.bpf.o');
    copyFileSync(object, join(scratch, 'kernel.btf'));
    copyFileSync(object, join(scratch, 'tool.bpf.o'));
    capture('tar', ['-cJf', 'kernel.btf.tar.xz', 'kernel.btf'], { cwd: scratch });
    const files = Object.fromEntries(
      ['kernel.btf.tar.xz', 'tool.bpf.o'].map((name) => [name, readFileSync(join(scratch, name))]),
    );
    const trim = (/** @type {string} */ out) => ['trim', 'kernel.btf.tar.xz', out, 'tool.bpf.o'];
    const { run } = await import('../packages/wasi/dist/node.js');
    const version = await run(['--version']);
    const trimmed = await run(trim('small.btf'), { files });
    const archive = join(scratch, 'archive');
    for (const { machine } of libraries) {
      const folder = join(archive, 'any', '1', machine);
      mkdirSync(folder, { recursive: true });
      copyFileSync(object, join(folder, '1.0.btf'));
    }
    for (const { machine, file } of programs) {
      const emulator = machine === thisMachine() ? [] : [`qemu-${machine}-static`];
      const [command = '', ...first] = [...emulator, join(dist, file)];
      const said = capture(command, [...first, '--version'], { cwd: scratch });
      capture(command, [...first, ...trim(file)], { cwd: scratch });
      const same = readFileSync(join(scratch, file)).equals(trimmed.files['small.btf'] ?? Buffer.of());
      if (said !== version.stdout || !same) {
        throw new SetupError(`${file} does not do what bpfc.wasm does`);
      }
      if (emulator.length === 0) {
        capture(command, ['pack', 'tool.bpf.o', '--from', archive, '-o', 'pack.tar.gz'], { cwd: scratch });
      }
    }
    for (const library of libraries) {
      tryLibrary(library, join(dist, library.file), join(scratch, 'pack.tar.gz'));
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** @param {string} file */
function sumOf(file) {
  return createHash('sha256')
    .update(readFileSync(join(dist, file)))
    .digest('hex');
}

/** @param {string} file */
function sizeOf(file) {
  const bytes = readFileSync(join(dist, file));
  return `${file.padEnd(44)} ${bytes.length} bytes, ${gzipSync(bytes, { level: 9 }).length} gzipped\n`;
}

await exitWith(async () => {
  setUp('release');
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist);
  for (const { target, file } of programs) {
    step(target, () => copyFileSync(build(target), join(dist, file)));
    chmodSync(join(dist, file), 0o755);
  }
  copyFileSync(join(root, 'packages', 'wasi', 'dist', 'bpfc.wasm'), join(dist, 'bpfc.wasm'));
  for (const library of libraries) {
    step(library.target, () => buildLibrary(library, join(dist, library.file)));
  }
  const bills = {
    'bpfc.cdx.json': billOf(CRATE, [...programs.map(({ target }) => target), WASI]),
    'libbpf_compatible.cdx.json': billOf(
      LIBRARY_CRATE,
      libraries.map(({ target }) => target),
    ),
  };
  for (const [file, bill] of Object.entries(bills)) {
    writeFileSync(join(dist, file), `${JSON.stringify(bill, null, 2)}\n`);
  }
  const files = [...[...programs, ...libraries].map(({ file }) => file), 'bpfc.wasm', ...Object.keys(bills)];
  writeFileSync(join(dist, 'SHA256SUMS'), files.map((file) => `${sumOf(file)}  ${file}\n`).join(''));
  await tryAll();
  process.stdout.write(files.map(sizeOf).join(''));
  return 0;
});
