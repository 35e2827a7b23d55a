// An archive to fetch from: small kernels, and two real ones where there are any.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { objects } from '@bpfc/fixtures';
import { onTestFinished } from 'vitest';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const ARCHIVE = process.env.BPFC_ARCHIVE ?? here('../../../../shared/btfhub-archive');

if (process.env.BPFC_ARCHIVE !== undefined && !existsSync(ARCHIVE)) {
  throw new Error(`BPFC_ARCHIVE=${ARCHIVE}: no such folder`);
}

/** Of the real archive; the first has a + in its name. */
const REAL = [
  'debian/12/x86_64/6.12.107+deb12-amd64.btf.tar.xz',
  'debian/10/x86_64/4.19.0-17-cloud-amd64.btf.tar.xz',
];

/** An object's own types are a kernel's as far as anybody can tell; paths by object. */
const SMALL: Record<string, string> = {
  bootstrap: 'ubuntu/20.04/x86_64/5.4.0-1-generic',
  execsnoop: 'ubuntu/20.04/x86_64/5.4.0-2-generic',
  fields: 'ubuntu/20.04/arm64/5.4.0-1-generic',
  bitfields: 'debian/11/x86_64/5.10.0-8+x-amd64',
  enums: 'debian/11/x86_64/5.10.0-9-amd64',
  types: 'centos/8/x86_64/4.18.0-80.el8.x86_64',
};

/** A folder that goes when the test ends. */
export async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bpfc-hub-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** Makes an archive in `folder`; returns the SHA-256 of each kernel's file, by path. `debian/bullseye` is a link. */
export async function makeArchive(folder: string): Promise<Map<string, string>> {
  for (const [name, path] of Object.entries(SMALL)) {
    const object = fileURLToPath(new URL(`bpfel/${name}.bpf.o`, objects));
    await mkdir(dirname(join(folder, path)), { recursive: true });
    const release = `${path.split('/')[3]}.btf`;
    await copyFile(object, join(folder, dirname(path), release));
    const args = [
      '-C',
      dirname(join(folder, path)),
      '--remove-files',
      '-cJf',
      join(folder, `${path}.btf.tar.xz`),
    ];
    execFileSync('tar', [...args, release]);
  }
  for (const path of REAL.filter((path) => existsSync(join(ARCHIVE, path)))) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await copyFile(join(ARCHIVE, path), join(folder, path));
  }
  await symlink('11', join(folder, 'debian/bullseye'));
  return hashesIn(folder);
}

/** SHA-256 by path of every file at a place where an archive has its kernels, whatever it is named. */
export async function hashesIn(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => path.split('/').length === 4 && !path.startsWith('.'));
  const hashes = files
    .sort()
    .map(async (path): Promise<[string, string]> => [path, await sha256(join(folder, path))]);
  return new Map(await Promise.all(hashes));
}

async function sha256(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}

/** Runs git as nobody in particular, away from the variables of hooks. */
export function git(folder: string, ...args: string[]): string {
  const { GIT_DIR: _dir, GIT_INDEX_FILE: _index, GIT_WORK_TREE: _tree, ...env } = process.env;
  const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.org', '-c', 'commit.gpgsign=false'];
  return execFileSync('git', [...who, ...args], {
    cwd: folder,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/** Makes a bare repository `folder/NAME.git` of an archive, served as GitHub serves them; returns the commit. */
export async function makeRepository(archive: string, bare: string): Promise<string> {
  git(archive, 'init', '--quiet');
  commit(archive);
  git(archive, 'clone', '--quiet', '--bare', '.', bare);
  for (const setting of ['uploadpack.allowFilter', 'uploadpack.allowAnySHA1InWant']) {
    git(bare, 'config', setting, 'true');
  }
  return git(bare, 'rev-parse', 'HEAD').trim();
}

export function commit(archive: string): void {
  git(archive, 'add', '.');
  git(archive, 'commit', '--quiet', '-m', 'kernels');
}
