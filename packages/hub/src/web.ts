// HTTP as it is in practice: through proxies, with connections that break and servers that ask to wait.
import { BpfcError } from '@bpfc/core/base';
import pRetry, { AbortError } from 'p-retry';
import { type Dispatcher, EnvHttpProxyAgent, errors, interceptors, request } from 'undici';
import { HubCode } from './error.js';
import type { PartialFile } from './partial.js';

/** How much is put up with. Times are milliseconds. */
export interface Patience {
  /** Without a byte for so long, a connection counts as broken. Default: 30 s. */
  stall?: number | undefined;
  /** Attempts after the first one, of those that brought nothing. Default: 5. */
  retries?: number | undefined;
  /** Before the second attempt; doubled from one to the next, and spread by chance. Default: 500. */
  delay?: number | undefined;
  /** A server that asks to wait for longer is not waited for. Default: 120 s. */
  longestWait?: number | undefined;
}

export type Headers = Record<string, string>;

/** Bytes of a listing or an index. */
const MOST_TEXT = 256 << 20;

/**
 * Bytes of a body that may wait to be read: as many as any has. undici 7 ends the process where a server closes a
 * connection whose reader is behind (https://github.com/nodejs/undici/issues/5360); undici 8 does not, and takes Node 22.
 */
const UNREAD = MOST_TEXT;

/** Bytes that an attempt has to bring in order not to count as one: a server that sends single bytes is given up. */
const PROGRESS = 64 << 10;

const REDIRECTIONS = 5;

const TEMPORARY = new Set([408, 425, 429, 500, 502, 503, 504]);
const MISSING = new Set([403, 404, 410]);

/** A text, and where it is after redirections. */
export interface Page {
  text: string;
  type: string;
}

export class Web {
  readonly #patience: Required<{ [K in keyof Patience]: number }>;
  readonly #agent: Dispatcher;

  constructor({ stall, retries, delay, longestWait }: Patience = {}) {
    this.#patience = {
      stall: stall ?? 30_000,
      retries: retries ?? 5,
      delay: delay ?? 500,
      longestWait: longestWait ?? 120_000,
    };
    // Reads HTTP_PROXY, HTTPS_PROXY and NO_PROXY. Headers that say who asks stay behind when a server leads elsewhere.
    this.#agent = new EnvHttpProxyAgent({ connect: { timeout: this.#patience.stall } }).compose(
      interceptors.redirect({ maxRedirections: REDIRECTIONS }),
    );
  }

  /** @throws BpfcError `FETCH_NETWORK`, `FETCH_STATUS`, `FETCH_LIMIT` */
  async page(url: URL, headers: Headers = {}): Promise<Page> {
    return this.#persist(url, async () => {
      const response = await this.#get(url, headers);
      if (response.statusCode !== 200) throw await refused(url, response);
      const chunks: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of response.body) {
        bytes += chunk.length;
        if (bytes > MOST_TEXT)
          throw new BpfcError(HubCode.source, `${shown(url)}: has more than ${MOST_TEXT} bytes`);
        chunks.push(chunk);
      }
      return { text: Buffer.concat(chunks).toString('utf8'), type: headerOf(response, 'content-type') ?? '' };
    });
  }

  /** Undefined where the server has no such page, or shows it to nobody. */
  async pageIfAny(url: URL): Promise<Page | undefined> {
    try {
      return await this.page(url);
    } catch (error) {
      if (error instanceof BpfcError && error.code === HubCode.status && MISSING.has(Number(error.value))) {
        return undefined;
      }
      throw error;
    }
  }

  /**
   * Fetches a file. A transfer that broke goes on where it was, if the server allows and has the same version still.
   *
   * @param known - the ETag of a version that is not wanted again
   * @returns false where the server has the version `known`
   * @throws BpfcError `FETCH_NETWORK`, `FETCH_STATUS`, `FETCH_LIMIT`; of the file: `CACHE_WRITE`, `FETCH_MISMATCH`
   */
  async download(url: URL, file: PartialFile, headers: Headers = {}, known?: string): Promise<boolean> {
    let before = 0;
    return this.#persist(
      url,
      async () => {
        before = file.offset;
        if (file.etag === undefined && file.offset > 0) await file.restart();
        const going =
          file.etag === undefined ? {} : { range: `bytes=${file.offset}-`, 'if-range': file.etag };
        const condition = known === undefined ? {} : { 'if-none-match': known };
        const response = await this.#get(url, { ...headers, ...condition, ...going });
        if (response.statusCode === 304) {
          await response.body.dump();
          return false;
        }
        if (response.statusCode === 416) await file.restart();
        if (response.statusCode !== 200 && response.statusCode !== 206) throw await refused(url, response);
        const start = /^bytes ([0-9]+)-/.exec(headerOf(response, 'content-range') ?? '')?.[1];
        // A part was asked for, and this is another or the whole.
        if (response.statusCode === 200 && file.offset > 0) await file.restart();
        if (response.statusCode === 206 && Number(start) !== file.offset) {
          await file.restart();
          await response.body.dump();
          throw new Broken(`${shown(url)}: sends another part than was asked for`);
        }
        file.etag = strong(headerOf(response, 'etag'));
        for await (const chunk of response.body) await file.write(chunk);
        return true;
      },
      () => file.offset - before >= PROGRESS,
    );
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #get(url: URL, headers: Headers): Promise<Dispatcher.ResponseData> {
    const { stall } = this.#patience;
    return request(url, {
      dispatcher: this.#agent,
      headersTimeout: stall,
      bodyTimeout: stall,
      highWaterMark: UNREAD,
      headers: { 'user-agent': 'btf-pack', 'accept-encoding': 'identity', ...basic(url), ...headers },
    });
  }

  async #persist<T>(url: URL, attempt: () => Promise<T>, progressed = () => false): Promise<T> {
    const { retries, delay, longestWait } = this.#patience;
    const once = async () => {
      try {
        return await attempt();
      } catch (error) {
        throw isTemporary(error, longestWait) ? error : new AbortError(asError(error));
      }
    };
    try {
      return await pRetry(once, {
        retries,
        minTimeout: delay,
        randomize: true,
        shouldConsumeRetry: () => !progressed(),
        onFailedAttempt: ({ error, retriesLeft }) => {
          const wait = error instanceof Refused && retriesLeft > 0 ? error.wait : 0;
          return new Promise((resolve) => setTimeout(resolve, wait));
        },
      });
    } catch (error) {
      throw told(url, error);
    }
  }
}

/** A connection that is to be tried again. */
class Broken extends Error {}

/** An answer that is none. */
class Refused extends Error {
  readonly status: number;
  /** Milliseconds that the server asks to wait; 0 where it does not. */
  readonly wait: number;

  constructor(url: URL, status: number, wait: number) {
    super(`${shown(url)}: the server answers ${status}`);
    this.status = status;
    this.wait = wait;
  }

  get limited(): boolean {
    return this.status === 429 || (this.status === 403 && this.wait > 0);
  }
}

async function refused(url: URL, response: Dispatcher.ResponseData): Promise<Refused> {
  await response.body.dump();
  return new Refused(url, response.statusCode, waitOf(response));
}

/** Retry-After in seconds or as a date; of GitHub, when its limit is renewed. */
function waitOf(response: Dispatcher.ResponseData): number {
  const after = headerOf(response, 'retry-after');
  if (after !== undefined) {
    const wait = /^[0-9]+$/.test(after) ? Number(after) * 1000 : Date.parse(after) - Date.now();
    return Number.isFinite(wait) ? Math.max(0, wait) : 0;
  }
  if (headerOf(response, 'x-ratelimit-remaining') !== '0') return 0;
  const renewed = Number(headerOf(response, 'x-ratelimit-reset')) * 1000;
  return Number.isFinite(renewed) ? Math.max(0, renewed - Date.now()) : 0;
}

function isTemporary(error: unknown, longestWait: number): boolean {
  if (error instanceof BpfcError) return false;
  if (error instanceof Refused) {
    return (TEMPORARY.has(error.status) || error.limited) && error.wait <= longestWait;
  }
  return error instanceof Broken || error instanceof errors.UndiciError || isSystemError(error);
}

/** ECONNRESET and the like; a certificate that does not hold will not hold the next time. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

function told(url: URL, error: unknown): Error {
  const cause = error instanceof AbortError ? error.originalError : error;
  if (cause instanceof BpfcError) return cause;
  if (cause instanceof Refused) {
    const wait = cause.wait > 0 ? ` and asks to wait until ${timeIn(cause.wait)}` : '';
    const code = cause.limited ? HubCode.limit : HubCode.status;
    return new BpfcError(code, `${cause.message}${wait}`, { value: cause.status, cause });
  }
  return new BpfcError(HubCode.network, `${shown(url)}: ${asError(cause).message}`, { cause });
}

function timeIn(milliseconds: number): string {
  return `${new Date(Date.now() + milliseconds).toISOString().slice(0, 19)}Z`;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function headerOf({ headers }: Dispatcher.ResponseData, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** If-Range compares bytes, which a weak ETag does not promise. */
function strong(etag: string | undefined): string | undefined {
  return etag?.startsWith('"') ? etag : undefined;
}

/** What a URL says of who asks. */
function basic({ username, password }: URL): Headers {
  if (username === '') return {};
  const who = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
  return { authorization: `Basic ${who.toString('base64')}` };
}

/** A URL without who asks. */
export function shown(url: URL): string {
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  return plain.href;
}
