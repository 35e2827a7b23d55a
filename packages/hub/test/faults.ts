// A proxy in front of a web server that does to requests what networks and servers do. The same seed does the same.
import { type ClientRequest, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { server } from './servers.js';

/** What may happen to one request. */
const FAULTS = ['cut', 'stall', '429', '500', 'truncate', 'corrupt'] as const;
type Fault = (typeof FAULTS)[number];

/** Random numbers in [0, 1) from a seed: mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface FaultyProxy {
  /** Ends in `/`. */
  url: string;
  /** Faults that happened, by kind. */
  counts: Map<Fault, number>;
  /** From now on nothing happens. */
  mend(): void;
}

/** @param share - of the requests that something happens to, from 0 to 1 */
export async function faultyProxy(target: string, seed: number, share: number): Promise<FaultyProxy> {
  const random = randomFrom(seed);
  const counts = new Map<Fault, number>();
  let working = true;
  const url = await server((asked, answer) => {
    const fault = working && random() < share ? FAULTS[Math.floor(random() * FAULTS.length)] : undefined;
    // Drawn for every request, so that one fault does not move the others.
    const [where, what] = [random(), random()];
    if (fault !== undefined) counts.set(fault, (counts.get(fault) ?? 0) + 1);
    if (fault === '429') {
      answer.writeHead(429, { 'retry-after': what < 0.5 ? '0' : new Date().toUTCString() }).end('later');
    } else if (fault === '500') {
      answer.writeHead([500, 502, 503, 504][Math.floor(what * 4)] ?? 500).end('sorry');
    } else {
      const { accept: _, host: __, ...headers } = asked.headers;
      const asking: ClientRequest = request(
        new URL(asked.url ?? '/', target),
        { headers, agent: false },
        (from) => {
          void pass(from, answer, fault, where);
        },
      );
      asking.on('error', () => answer.destroy()).end();
    }
  });
  const mend = () => {
    working = false;
  };
  return { url: `${url}/`, counts, mend };
}

/** `where` in the body something happens, from 0 to 1. */
async function pass(
  from: IncomingMessage,
  answer: ServerResponse,
  fault: Fault | undefined,
  where: number,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of from) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const at = Math.floor(body.length * where);
  const headers = { ...from.headers };
  if (fault === 'truncate') {
    // What HTTP/1.0 servers do: the end of the connection is the end of the body.
    delete headers['content-length'];
    answer.useChunkedEncodingByDefault = false;
    answer.shouldKeepAlive = false;
  }
  answer.writeHead(from.statusCode ?? 500, headers);
  if (fault === 'corrupt' && body.length > 0) body.writeUInt8(body.readUInt8(at) ^ 0x20, at);
  if (fault === 'cut') answer.write(body.subarray(0, at), () => answer.destroy());
  else if (fault === 'stall') answer.write(body.subarray(0, at));
  else answer.end(fault === 'truncate' ? body.subarray(0, at) : body);
}
