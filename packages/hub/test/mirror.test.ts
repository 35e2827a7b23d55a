// Pages on which web servers list their folders, as they write them and as somebody hostile might.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fetchKernels, listSources } from '../src/index.js';
import { hashesIn, makeArchive, scratch } from './archive.js';
import { server } from './servers.js';

/** What a server lists whose pages are these, by path. */
async function listed(pages: Record<string, string>): Promise<string[]> {
  const url = await server((request, response) => {
    const page = pages[request.url ?? ''];
    response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/html' }).end(page);
  });
  const [{ listing } = { listing: { files: new Map<string, unknown>() } }] = await listSources(
    [`${url}/hub`],
    {
      patience: { retries: 0 },
    },
  );
  return [...listing.files.keys()];
}

const BELOW = {
  '/hub/debian/': '<a href="11/">',
  '/hub/debian/11/': '<a href="x86_64/">',
};

test('Apache: attributes before, sorting links, the folder above, names cut off', async () => {
  const apache = `<tr><th><a href="?C=N;O=D">Name</a></th></tr>
    <tr><td><a href="/hub/">Parent Directory</a></td></tr>
    <tr><td><A class=f HREF='5.10.0-8%2bx-amd64.btf.tar.xz'>5.10.0-8+x-am..&gt;</A></td></tr>
    <tr><td><a href="5.10.0-9+x-amd64.btf.tar.xz">5.10.0-9+x-am..&gt;</a></td></tr>`;
  expect(await listed({ ...BELOW, '/hub/': '<a href="debian/">', '/hub/debian/11/x86_64/': apache })).toEqual(
    ['debian/11/x86_64/5.10.0-8+x-amd64.btf.tar.xz', 'debian/11/x86_64/5.10.0-9+x-amd64.btf.tar.xz'],
  );
});

test('links may be whole', async () => {
  const pages = {
    ...BELOW,
    '/hub/': '<a href="/hub/debian/">',
    '/hub/debian/11/x86_64/': '<a href="r.btf.tar.xz">',
  };
  expect(await listed(pages)).toEqual(['debian/11/x86_64/r.btf.tar.xz']);
});

test.each([
  'http://example.org/hub/debian/',
  '//example.org/debian/',
  '../debian/',
  '/debian/',
  '%2e%2e/',
  '..%2fdebian/',
  'debian%2f11/',
  '.git/',
  '%zz/',
  'http://[',
  'javascript:debian/',
])('a link to %s leads to no folder', async (link) => {
  const pages = { '/hub/': `<a href="${link}">`, '/debian/': '<a href="11/">', ...BELOW };
  expect(await listed({ ...pages, '/hub/debian/11/x86_64/': '<a href="r.btf.tar.xz">' })).toEqual([]);
});

test('a folder that is everywhere is not followed for ever', async () => {
  const url = await server((_, response) =>
    response.end('<a href="a/"><a href="b/"><a href="r.btf.tar.xz">'),
  );
  const [found] = await listSources([url]);
  expect(found?.listing.files.size).toBe(8);
});

test('a server that fails from some point on is given up, and what has landed stays', async () => {
  const archive = await scratch();
  const hashes = await makeArchive(archive);
  let files = 0;
  const url = await server(async (request, response) => {
    const path = decodeURIComponent(request.url ?? '');
    if (path === '/index.json') {
      const many = Array.from({ length: 30 }, (_, n) => [`suse/15/x86_64/${n}.btf.tar.xz`, 'a'.repeat(64)]);
      const entries = [...hashes, ...many].map(([path, sha256]) => [path, { sha256, size: 5_000_000 }]);
      response.end(JSON.stringify({ version: 1, files: Object.fromEntries(entries) }));
    } else if (hashes.has(path.slice(1))) response.end(await readFile(join(archive, path)));
    else {
      files += 1;
      response.writeHead(500).end();
    }
  });
  const cache = await scratch();
  const patience = { retries: 0 };
  await expect(fetchKernels({ cache, sources: [url], jobs: 1, patience })).rejects.toMatchObject({
    code: 'FETCH_STATUS',
    value: 500,
  });
  expect(files).toBe(8);
  expect(await hashesIn(join(cache, 'btfhub-archive'))).toEqual(
    new Map([...hashes].filter(([path]) => path < 'suse')),
  );
});
