// Where the kernels of a pack come from: what stands in the pack, beside it, and in the lock of a project.
import { createHash } from 'node:crypto';
import { type LockedKernel, type ProjectLock, projectLockText } from '@bpfc/core';
import { BpfcError } from '@bpfc/core/base';
import type { Cache } from './cache.js';
import { HubCode } from './error.js';
import { digestsOf } from './verify.js';

/** Where one file of the cache comes from. */
export interface Origin extends LockedKernel {
  verified?: string;
}

/** What is told of a pack. */
export interface Provenance {
  /** For inside of the pack: some 300 bytes, with the hash of the {@link list}. */
  short: string;
  /** Every kernel with its source, commit and hash. */
  list: string;
  /** What whoever passes the pack on has to say of its sources. */
  notice: string;
}

/** Sources that the short form names. */
const MOST_SOURCES = 4;

/**
 * Where files of the cache come from, by their paths in the archive; files that lie elsewhere are left out. What the catalog
 * does not know is hashed, and its source is `unknown`.
 */
export async function originsOf(cache: Cache, files: readonly string[]): Promise<Map<string, Origin>> {
  const origins = new Map<string, Origin>();
  for (const file of files) {
    const path = cache.pathOf(file);
    if (path === undefined) continue;
    const entry = cache.catalog.files.get(path);
    if (entry === undefined) {
      origins.set(path, { source: 'unknown', sha256: (await digestsOf(file)).sha256 });
      continue;
    }
    const { source, commit, sha256, verified } = entry;
    origins.set(path, { source, ...(commit === undefined ? {} : { commit }), sha256, verified });
  }
  return origins;
}

/**
 * Equal inputs give equal texts, on any machine.
 *
 * @param tool - name and version of who makes the pack
 * @param programs - SHA-256 of each, in hexadecimal
 */
export function provenanceOf(
  origins: ReadonlyMap<string, Origin>,
  tool: string,
  programs: readonly string[],
): Provenance {
  const kernels = Object.fromEntries([...origins].sort(([a], [b]) => (a < b ? -1 : 1)));
  const head = { version: 1, tool, programs };
  const list = `${JSON.stringify({ ...head, kernels }, undefined, 1)}\n`;
  const sources = sourcesOf(origins);
  const short = {
    ...head,
    sources: sources.slice(0, MOST_SOURCES),
    kernels: origins.size,
    list: createHash('sha256').update(list).digest('hex'),
  };
  return { short: `${JSON.stringify(short)}\n`, list, notice: noticeOf(sources) };
}

type PackSource = Pick<Origin, 'source' | 'commit'>;

/** Each once, in order. */
function sourcesOf(origins: ReadonlyMap<string, Origin>): PackSource[] {
  const sources = new Map<string, PackSource>();
  for (const { source, commit } of origins.values()) {
    sources.set(`${source} ${commit}`, { source, ...(commit === undefined ? {} : { commit }) });
  }
  return [...sources].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, source]) => source);
}

const BTFHUB = 'https://github.com/aquasecurity/btfhub-archive';

function noticeOf(sources: readonly PackSource[]): string {
  const lines = sources.map(({ source, commit }) => {
    const at = commit === undefined ? '' : `, commit ${commit}`;
    const license = source === BTFHUB ? ', under the Apache License, Version 2.0' : '';
    return `- ${source}${at}${license}\n`;
  });
  return `This pack holds type information (BTF) of Linux kernels, reduced to what its programs need. It was taken from:\n\n${lines.join('')}`;
}

/** The text of a lock of these kernels. */
export function lockOf(origins: ReadonlyMap<string, Origin>): string {
  const kernels = [...origins].map(([path, { source, commit, sha256 }]): [string, LockedKernel] => [
    path,
    { source, ...(commit === undefined ? {} : { commit }), sha256 },
  ]);
  return projectLockText(new Map(kernels));
}

/**
 * Does nothing where the cache has every kernel of the lock just so.
 *
 * @throws BpfcError `LOCK_FROZEN`
 */
export async function requireLocked(cache: Cache, lock: ProjectLock): Promise<void> {
  const sizes = await cache.sizes();
  for (const [path, { sha256 }] of lock) {
    if (!sizes.has(path)) throw frozen(path, 'is not in the cache: `btf-pack fetch --frozen`');
    const got = (await digestsOf(cache.file(path))).sha256;
    if (got !== sha256) throw frozen(path, `has the SHA-256 ${got} in the cache, and ${sha256} in the lock`);
  }
}

function frozen(path: string, text: string): BpfcError {
  return new BpfcError(HubCode.frozen, `${path}: ${text}`, { value: path });
}
