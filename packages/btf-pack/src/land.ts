// Puts a kernel that was added into the cache:
//
//   <cache>/btfhub-archive/ID/VERSION/ARCH/RELEASE.btf.tar.xz   its BTF, where BTFHub would have it
//   <cache>/btfhub-modules/ID/VERSION/ARCH/RELEASE/M.btf.gz     its modules' BTFs, as `pack --modules` reads them
//   <cache>/btfhub-configs/ID/VERSION/ARCH/RELEASE.config       its config
//   <cache>/catalog.json                                        where each file of the archive is from
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Identity } from '@bpfc/core';
import type { FoundKernel } from '@bpfc/image';
import { CliCode, CliError, io } from './errors.js';
import { beginFile, beginTree, type PendingOutput } from './output.js';

const ARCHIVE = 'btfhub-archive';

/** Below the cache, beside the archive. */
export const MODULES = 'btfhub-modules';
export const CONFIGS = 'btfhub-configs';

/** What `catalog.json` says of a file. */
interface CatalogFile {
  source: string;
  sha256: string;
  /** In bytes. */
  size: number;
  /** When it landed, as ISO 8601 has it. */
  date: string;
  /** How it was checked: by its content alone. */
  verified: 'content';
  /** The kernel carries this BTF itself. */
  native?: true;
}

interface Catalog {
  version: 1;
  files: Record<string, CatalogFile>;
  aliases: Record<string, string>;
}

/** Puts all of it in place, each file whole or not at all; the catalog last. Returns the path of the BTF. */
export async function land(cache: string, identity: Identity, kernel: FoundKernel): Promise<string> {
  const { archived } = await import('@bpfc/image');
  const path = pathOf(identity);
  const btf = archived(identity.release, kernel.btf);
  if (kernel.modules.size > 0) {
    const files = Array.from(kernel.modules, ([name, bytes]) => [`${name}.btf.gz`, bytes] as const);
    await placeTree(join(cache, MODULES, path), new Map(files));
  }
  if (kernel.config) await place(join(cache, CONFIGS, `${path}.config`), kernel.config);
  const name = `${path}.btf.tar.xz`;
  const file = join(cache, ARCHIVE, name);
  await place(file, btf);
  await record(cache, name, {
    source: 'add',
    sha256: createHash('sha256').update(btf).digest('hex'),
    size: btf.length,
    date: new Date().toISOString(),
    verified: 'content',
    ...(kernel.native && { native: true }),
  });
  return file;
}

/** As BTFHub names folders: `arm64`, where the machine calls itself `aarch64`. */
function pathOf({ id, version, arch, release }: Identity): string {
  return [id, version, arch === 'aarch64' ? 'arm64' : arch, release].join('/');
}

async function record(cache: string, name: string, file: CatalogFile): Promise<void> {
  const path = join(cache, 'catalog.json');
  const { files, aliases } = await readCatalog(path);
  const sorted = Object.entries({ ...files, [name]: file }).sort(([a], [b]) => (a < b ? -1 : 1));
  const catalog: Catalog = { version: 1, files: Object.fromEntries(sorted), aliases };
  await place(path, Buffer.from(`${JSON.stringify(catalog, undefined, 2)}\n`));
}

async function readCatalog(path: string): Promise<Catalog> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new CliError(CliCode.read, `${path}: ${error.message}`, { cause: error });
  });
  if (text === undefined) return { version: 1, files: {}, aliases: {} };
  try {
    const catalog = JSON.parse(text);
    if (catalog.version === 1) return catalog;
  } catch {
    // As one of another version.
  }
  throw new CliError(
    CliCode.read,
    `${path}: is no catalog that this version reads; move it away, and it is begun anew`,
  );
}

async function place(path: string, bytes: Uint8Array): Promise<void> {
  await io(CliCode.write, path, () => mkdir(dirname(path), { recursive: true }));
  await commit(await beginFile(path), bytes);
}

async function placeTree(path: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  await io(CliCode.write, path, () => mkdir(dirname(path), { recursive: true }));
  await commit(await beginTree(path, true), files);
}

async function commit<Content>(output: PendingOutput<Content>, content: Content): Promise<void> {
  try {
    await output.commit(content);
  } finally {
    await output.discard();
  }
}
