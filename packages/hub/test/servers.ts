// Real servers on loopback.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { type AddressInfo, connect, createServer as listen } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { scratch } from './archive.js';

const HOST = '127.0.0.1';

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = listen();
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Runs a server for one test, and waits until it listens. */
async function serve(command: string, args: readonly string[], where: number | string): Promise<void> {
  // With a process group of its own: some leave the work to children.
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  onTestFinished(async () => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    await ended;
  });
  while (!(await listens(where))) {
    if (hasEnded(child)) throw new Error(`${command} ended: ${errors}`);
    await sleep(20);
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

function listens(where: number | string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = typeof where === 'string' ? connect(where) : connect(where, HOST);
    const answer = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => answer(true)).once('error', () => answer(false));
  });
}

export interface Nginx {
  /** Ends in `/`. */
  url: string;
  /** The certificate, where it speaks TLS. */
  certificate: string | undefined;
  /** What was asked for: `STATUS METHOD PATH BYTES`, by request. */
  log(): Promise<string[]>;
}

export interface NginxOptions {
  /** Default: true. */
  range?: boolean;
  tls?: boolean;
  /** Bytes a second, of each connection. */
  rate?: number;
  /** Serve the bare repositories in the folder by `git http-backend`. */
  git?: boolean;
}

/** Debian's nginx over a folder, which it lists. */
export async function nginx(
  root: string,
  { range = true, tls = false, rate = 0, git = false }: NginxOptions = {},
): Promise<Nginx> {
  const folder = await scratch();
  const port = await freePort();
  const certificate = tls ? makeCertificate(folder) : undefined;
  const secure = tls ? `ssl_certificate ${folder}/cert.pem; ssl_certificate_key ${folder}/key.pem;` : '';
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  const files = `root ${root}; autoindex on; limit_rate ${rate}; ${range ? '' : 'max_ranges 0;'}`;
  const configuration = `
    daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
    events { worker_connections 256; }
    http {
      ${temporary.join(' ')}
      log_format asked '$status $request_method $request_uri $body_bytes_sent';
      access_log ${folder}/access.log asked;
      default_type application/octet-stream;
      server {
        listen ${HOST}:${port}${tls ? ' ssl' : ''}; ${secure}
        location / { ${git ? await backend(folder, root) : files} }
      }
    }`;
  await writeFile(join(folder, 'nginx.conf'), configuration);
  await serve(
    'nginx',
    ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')],
    port,
  );
  return {
    url: `http${tls ? 's' : ''}://${HOST}:${port}/`,
    certificate,
    log: async () =>
      (await readFile(join(folder, 'access.log'), 'utf8')).split('\n').filter((line) => line !== ''),
  };
}

function makeCertificate(folder: string): string {
  const request = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
  ];
  const names = ['-subj', '/CN=localhost', '-addext', `subjectAltName=IP:${HOST}`];
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
  execFileSync('openssl', [...request, ...names, ...files], { stdio: 'ignore' });
  return join(folder, 'cert.pem');
}

async function backend(folder: string, root: string): Promise<string> {
  const socket = join(folder, 'fcgi');
  await serve('fcgiwrap', ['-c', '2', '-s', `unix:${socket}`], socket);
  const script = join(execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(), 'git-http-backend');
  const parameters = {
    SCRIPT_FILENAME: script,
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: '$uri',
    QUERY_STRING: '$query_string',
    REQUEST_METHOD: '$request_method',
    CONTENT_TYPE: '$content_type',
    CONTENT_LENGTH: '$content_length',
    HTTP_CONTENT_ENCODING: '$http_content_encoding',
    GIT_PROTOCOL: '$http_git_protocol',
  };
  const lines = Object.entries(parameters).map(([name, value]) => `fastcgi_param ${name} ${value};`);
  return `${lines.join(' ')} fastcgi_pass unix:${socket};`;
}

/** `git daemon` over the bare repositories in a folder; the URL ends in `/`. */
export async function gitDaemon(root: string): Promise<string> {
  const port = await freePort();
  const where = ['--reuseaddr', `--listen=${HOST}`, `--port=${port}`];
  await serve('git', ['daemon', ...where, '--export-all', `--base-path=${root}`], port);
  return `git://${HOST}:${port}/`;
}

/**
 * A server of our own for one test; the URL has no `/` at its end.
 *
 * @param onConnect - for who takes it for a proxy
 */
export async function server(
  listener: RequestListener,
  onConnect?: (request: IncomingMessage, socket: Duplex) => void,
): Promise<string> {
  const server = createServer(listener);
  if (onConnect) server.on('connect', onConnect);
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return `http://${HOST}:${port}`;
}
