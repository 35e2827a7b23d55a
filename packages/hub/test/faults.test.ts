// Whatever happens on the way: the cache holds only what is verified, and the next run completes.
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BpfcError } from '@bpfc/core';
import { expect, test } from 'vitest';
import { fetchKernels, type Patience, writeIndex } from '../src/index.js';
import { hashesIn, makeArchive, scratch } from './archive.js';
import { faultyProxy } from './faults.js';
import { nginx } from './servers.js';

const RUNS = process.env.BPFC_FULL ? 200 : 12;

/** Milliseconds: on loopback nothing takes as long. */
const PATIENCE = { stall: 400, retries: 2, delay: 2 };

test(`${RUNS} runs through a proxy that cuts, stalls, refuses, truncates and corrupts`, async () => {
  const folder = await scratch();
  const archives = [join(folder, 'listed'), join(folder, 'indexed')] as const;
  const hashes = new Map<string, Map<string, string>>();
  const urls: string[] = [];
  for (const archive of archives) {
    await mkdir(archive);
    await makeArchive(archive);
    await rm(join(archive, 'debian/bullseye'));
    hashes.set(archive, await hashesIn(archive));
    if (archive === archives[1]) await writeIndex(archive);
    urls.push((await nginx(archive)).url);
  }
  const seen = { faults: new Map<string, number>(), whole: 0, partly: 0, stopped: 0 };
  for (let seed = 1; seed <= RUNS; seed++) {
    const kind = seed % 2;
    const expected = hashes.get(archives[kind] ?? '') ?? new Map();
    const proxy = await faultyProxy(urls[kind] ?? '', seed, 0.1 + 0.4 * ((seed % 7) / 7));
    const cache = join(folder, `cache-${seed}`);
    const fetch = (patience: Patience) => fetchKernels({ cache, sources: [proxy.url], patience });
    const cached = () => hashesIn(join(cache, 'btfhub-archive'));
    try {
      const { failed } = await fetch(PATIENCE);
      seen[failed.length > 0 ? 'partly' : 'whole'] += 1;
    } catch (error) {
      if (!(error instanceof BpfcError)) throw error;
      expect(error.code, `seed ${seed}`).toMatch(/^(FETCH|INDEX)_/);
      seen.stopped += 1;
    }
    const landed = await cached();
    for (const [path, hash] of landed) expect([seed, path, hash]).toEqual([seed, path, expected.get(path)]);
    proxy.mend();
    const { fetched, failed } = await fetch({});
    expect({ seed, failed }).toEqual({ seed, failed: [] });
    expect(fetched.filter((path) => landed.has(path))).toEqual([]);
    expect(await cached()).toEqual(expected);
    for (const [fault, count] of proxy.counts) seen.faults.set(fault, (seen.faults.get(fault) ?? 0) + count);
    await rm(cache, { recursive: true });
  }
  // It was tried.
  expect([...seen.faults.keys()].sort()).toEqual(['429', '500', 'corrupt', 'cut', 'stall', 'truncate']);
  expect(seen.whole).toBeGreaterThan(0);
  expect(seen.partly + seen.stopped).toBeGreaterThan(0);
}, 1_800_000);
