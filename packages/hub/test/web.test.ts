// How a download behaves towards a server.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { PartialFile } from '../src/partial.js';
import { type Patience, Web } from '../src/web.js';
import { scratch } from './archive.js';
import { randomFrom } from './faults.js';
import { server } from './servers.js';

const random = randomFrom(1);
const BODY = Buffer.from(Array.from({ length: 300_000 }, () => Math.floor(random() * 256)));

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

afterEach(() => vi.unstubAllEnvs());

/** Downloads from a server that gives these answers, the last one again and again; what it was asked for. */
async function download(answers: readonly Answer[], patience: Patience = {}) {
  const requests: IncomingMessage[] = [];
  const url = await server((request, response) => {
    requests.push(request);
    (answers[requests.length - 1] ?? answers.at(-1))?.(request, response);
  });
  return { ...(await downloadFrom(url, patience)), requests };
}

async function downloadFrom(url: string, patience: Patience = {}) {
  const web = new Web({ stall: 5000, retries: 3, delay: 1, ...patience });
  const path = join(await scratch(), 'file');
  const file = await PartialFile.create(path, undefined, () => {});
  try {
    await web.download(new URL(url), file);
    return { right: digest(await readFile(path)) === digest(BODY), error: undefined };
  } catch (error) {
    return { right: false, error };
  } finally {
    await file.discard();
    await web.close();
  }
}

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

const whole: Answer = (_, response) => {
  response.writeHead(200, { etag: '"1"', 'content-length': BODY.length }).end(BODY);
};

/** Breaks off after so many bytes. */
const cutAt =
  (bytes: number, etag = '"1"'): Answer =>
  (_, response) => {
    response.writeHead(200, { etag, 'content-length': BODY.length });
    // A connection that is destroyed loses what is on its way.
    response.write(BODY.subarray(0, bytes), () => setTimeout(() => response.destroy(), 100));
  };

const rest: Answer = (request, response) => {
  const start = Number(/^bytes=([0-9]+)-$/.exec(request.headers.range ?? '')?.[1]);
  const range = `bytes ${start}-${BODY.length - 1}/${BODY.length}`;
  response.writeHead(206, { etag: '"1"', 'content-range': range }).end(BODY.subarray(start));
};

test('what broke off goes on where it was, if it is the same version still', async () => {
  const { right, requests } = await download([cutAt(100_000), rest]);
  expect(right).toBe(true);
  expect(requests[1]?.headers.range).toMatch(/^bytes=[1-9][0-9]*-$/);
  expect(requests[1]?.headers['if-range']).toBe('"1"');
});

test('another version, or a server without Range, begins anew', async () => {
  expect(await download([cutAt(100_000, '"0"'), whole])).toMatchObject({ right: true });
});

test('without a version to ask for it begins anew', async () => {
  const { right, requests } = await download([cutAt(100_000, 'W/"1"'), whole]);
  expect(right).toBe(true);
  expect(requests[1]?.headers.range).toBeUndefined();
});

test('a part that was not asked for is not taken', async () => {
  const other: Answer = (_, response) => {
    response
      .writeHead(206, { etag: '"1"', 'content-range': `bytes 5-9/${BODY.length}` })
      .end(BODY.subarray(5, 10));
  };
  expect(await download([cutAt(100_000), other, whole])).toMatchObject({ right: true });
});

test('a transfer that goes on is not given up, however often it breaks', async () => {
  const pieces: Answer = (request, response) => {
    const start = Number(/^bytes=([0-9]+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const range = `bytes ${start}-${BODY.length - 1}/${BODY.length}`;
    response.writeHead(start === 0 ? 200 : 206, { etag: '"1"', 'content-range': range });
    const piece = BODY.subarray(start, start + 70_000);
    const last = start + piece.length === BODY.length;
    response.write(piece, () => (last ? response.end() : setTimeout(() => response.destroy(), 100)));
  };
  expect(await download([pieces], { retries: 1 })).toMatchObject({ right: true });
});

test('a connection without a byte counts as broken', async () => {
  const stalls: Answer = (_, response) => {
    response.writeHead(200, { etag: '"1"', 'content-length': BODY.length }).write(BODY.subarray(0, 1000));
  };
  expect(await download([stalls, stalls, rest], { stall: 300 })).toMatchObject({ right: true });
  const never: Answer = () => {};
  expect(await download([never], { stall: 300, retries: 1 })).toMatchObject({
    error: { code: 'FETCH_NETWORK' },
  });
});

test.each([429, 503])('%i is asked again after the time it says', async (status) => {
  let renewed = 0;
  const limited: Answer = (request, response) => {
    if (Date.now() >= renewed && renewed > 0) return whole(request, response);
    renewed = Date.now() + 1000;
    response.writeHead(status, { 'retry-after': '1' }).end();
  };
  const { right, requests } = await download([limited], { retries: 2 });
  expect({ right, requests: requests.length }).toEqual({ right: true, requests: 2 });
});

test('a server that asks to wait for long is not waited for: FETCH_LIMIT says until when', async () => {
  const tomorrow: Answer = (_, response) => {
    response.writeHead(429, { 'retry-after': '86400' }).end();
  };
  const { error, requests } = await download([tomorrow]);
  expect(error).toMatchObject({
    code: 'FETCH_LIMIT',
    message: expect.stringMatching(/until \d{4}-\d\d-\d\dT/),
  });
  expect(requests).toHaveLength(1);
});

test('what is refused for good is asked once: FETCH_STATUS', async () => {
  const { error, requests } = await download([(_, response) => response.writeHead(404).end()]);
  expect(error).toMatchObject({ code: 'FETCH_STATUS', value: 404 });
  expect(requests).toHaveLength(1);
});

test('a token stays behind when a server leads elsewhere', async () => {
  const seen: (string | undefined)[] = [];
  const other = await server((request, response) => {
    seen.push(request.headers.authorization);
    whole(request, response);
  });
  const url = await server((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(302, { location: `${other}/file` }).end();
  });
  const web = new Web({ retries: 0 });
  const file = await PartialFile.create(join(await scratch(), 'file'), undefined, () => {});
  await web.download(new URL(url), file, { authorization: 'Bearer secret' });
  await file.discard();
  await web.close();
  expect(seen).toEqual(['Bearer secret', undefined]);
});

test('who asks is told from the URL to the server, and to nobody else', async () => {
  const seen: (string | undefined)[] = [];
  const url = await server((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(404).end();
  });
  const web = new Web();
  const asked = web.page(new URL(url.replace('//', '//me:p%40ss@')));
  await expect(asked).rejects.toMatchObject({ message: expect.not.stringContaining('p%40ss') });
  await web.close();
  expect(seen).toEqual([`Basic ${Buffer.from('me:p@ss').toString('base64')}`]);
});

test('a file without an end is cut off: FETCH_MISMATCH', async () => {
  const url = await server(whole);
  const web = new Web();
  const file = await PartialFile.create(join(await scratch(), 'file'), 1000, () => {});
  await expect(web.download(new URL(url), file)).rejects.toMatchObject({ code: 'FETCH_MISMATCH' });
  await file.discard();
  await web.close();
});

test('HTTP_PROXY is followed, and NO_PROXY is not', async () => {
  const url = await server(whole);
  const asked: string[] = [];
  const proxy = await server(
    () => {},
    (request, socket) => {
      asked.push(request.url ?? '');
      const [host = '', port] = (request.url ?? '').split(':');
      const onward = connect(Number(port), host, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
      onward.pipe(socket).pipe(onward);
    },
  );
  vi.stubEnv('http_proxy', proxy);
  vi.stubEnv('no_proxy', '');
  expect(await downloadFrom(url)).toMatchObject({ right: true });
  expect(asked).toEqual([new URL(url).host]);
  vi.stubEnv('no_proxy', '127.0.0.1');
  expect(await downloadFrom(url)).toMatchObject({ right: true });
  expect(asked).toHaveLength(1);
});
