// What the tests have in common: the packages as they would be published, and one job to do with them.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { machine, release, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { objects } from '@bpfc/fixtures';
import type { Inputs } from '../app/drive.js';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const ARCHIVE = process.env.BPFC_ARCHIVE ?? here('../../../../shared/btfhub-archive');

if (process.env.BPFC_ARCHIVE !== undefined && !existsSync(ARCHIVE)) {
  throw new Error(`BPFC_ARCHIVE=${ARCHIVE}: no such folder`);
}

/** The command as the repository builds it: what everything else is compared with. */
const CLI = here('../../btf-pack/dist/cli.js');

/** The native command. */
export const BPFC = join(process.env.CARGO_TARGET_DIR ?? here('../../../target'), 'release/bpfc');

/** A folder outside the repository, so that nothing is found in a node_modules above it. */
export function scratch(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'bpfc-e2e-'));
}

export function remove(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** Runs a program away from the caches of whoever runs the tests; throws with its output when it fails. */
export async function run(cwd: string, command: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, {
    cwd,
    env: {
      ...process.env,
      BTFHUB_CACHE: join(cwd, 'cache'),
      NO_COLOR: '1',
      npm_config_update_notifier: 'false',
    },
  });
  return stdout;
}

/** The tarball that would be published: pnpm writes the versions of workspace packages into it, npm would not. */
export async function tarball(
  name: 'core' | 'hub' | 'image' | 'loader' | 'wasi' | 'btf-pack',
  folder: string,
): Promise<string> {
  const packed = JSON.parse(
    await run(here(`../../${name}`), 'pnpm', ['pack', '--json', '--pack-destination', folder]),
  );
  return packed.filename;
}

/** Installs tarballs with npm in a folder; what they depend on comes from npm's cache where it is there. */
export async function install(
  folder: string,
  tarballs: readonly string[],
  ...options: readonly string[]
): Promise<void> {
  if (!existsSync(join(folder, 'package.json'))) await writeFile(join(folder, 'package.json'), '{}');
  await run(folder, 'npm', [
    'install',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    ...options,
    ...tarballs,
  ]);
}

/** The Vite app with tarballs in it and the inputs among its public files. */
export async function freshApp(folder: string, tarballs: readonly string[]): Promise<Inputs> {
  await cp(here('../app'), folder, { recursive: true });
  await install(folder, tarballs);
  return stageInputs(join(folder, 'public'));
}

/** Puts a program and kernels into a folder; returns their paths in it. */
export async function stageInputs(folder: string): Promise<Inputs> {
  const program = 'execsnoop.bpf.o';
  const sources = await someKernels();
  await mkdir(folder, { recursive: true });
  await copyFile(new URL(`bpfel/${program}`, objects), join(folder, program));
  for (const [path, source] of sources) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    // Not copied by the kernel: sysfs may give it nothing.
    await writeFile(join(folder, path), await readFile(source));
  }
  return { program, kernels: [...sources.keys()] };
}

/** Three different kernels of an archive in BTFHub's layout, or, where there is none, the running one: path to file. */
async function someKernels(): Promise<Map<string, string>> {
  if (!existsSync(ARCHIVE)) {
    return new Map([[`kernels/running/0/${machine()}/${release()}.btf`, '/sys/kernel/btf/vmlinux']]);
  }
  const files = (await readdir(ARCHIVE, { recursive: true })).sort();
  const one = (folder: string) => {
    const file = files.find((name) => name.startsWith(`${folder}/`) && name.endsWith('.btf.tar.xz'));
    if (!file) throw new Error(`${ARCHIVE}: no kernel in ${folder}`);
    return file;
  };
  const chosen = ['debian/10/x86_64', 'debian/12/arm64', 'ubuntu/20.04/x86_64'].map(one);
  return new Map(chosen.map((file) => [`kernels/${file}`, join(ARCHIVE, file)]));
}

/** The first kernel of every distribution, version and architecture of the archive, or the running one: files. */
export async function oneOfEachSeries(): Promise<string[]> {
  if (!existsSync(ARCHIVE)) return ['/sys/kernel/btf/vmlinux'];
  const files = (await readdir(ARCHIVE, { recursive: true }))
    .filter((file) => /\.btf(\.tar\.xz)?$/.test(file))
    .sort();
  const series = new Map(files.reverse().map((file) => [dirname(file), join(ARCHIVE, file)]));
  return [...series.values()].sort();
}

/** The arguments of `btf-pack` for the staged inputs. */
export function packArguments({ program, kernels }: Inputs, output: string): string[] {
  return ['pack', program, '--from', ...kernels, '-o', output];
}

/** What the repository's own build of the command makes of the inputs in `folder`. */
export async function packByCli(folder: string, inputs: Inputs): Promise<{ tar: Buffer; tarGz: Buffer }> {
  const out = await scratch();
  const pack = async (name: string) => {
    await run(folder, process.execPath, [CLI, ...packArguments(inputs, join(out, name))]);
    return readFile(join(out, name));
  };
  try {
    return { tar: await pack('out.tar'), tarGz: await pack('out.tar.gz') };
  } finally {
    await remove(out);
  }
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
