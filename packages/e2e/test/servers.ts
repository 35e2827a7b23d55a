// The app as a browser gets it: from Vite's dev server, or built, from a server that knows nothing but files.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import * as vite from 'vite';

const HOST = '127.0.0.1';

export interface Server {
  /** Ends in `/`. */
  url: string;
  close(): Promise<void>;
}

/** `vite` in the app's folder. */
export async function serveDev(app: string): Promise<Server> {
  const server = await vite.createServer({
    root: app,
    logLevel: 'warn',
    server: { host: HOST, port: 0, strictPort: true },
  });
  await server.listen();
  const url = server.resolvedUrls?.local[0];
  if (!url) throw new Error('Vite does not say where it listens');
  return { url, close: () => server.close() };
}

/** `vite build` in the app's folder, and its output on a server. */
export async function serveBuilt(app: string): Promise<Server> {
  await vite.build({ root: app, logLevel: 'warn' });
  return serveFiles(join(app, 'dist'));
}

/** Browsers insist on these types for pages and modules; WebAssembly's is left out, as many servers do. */
const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript' };

async function serveFiles(folder: string): Promise<Server> {
  const server = createServer(async ({ url = '/' }, response) => {
    const path = normalize(new URL(url, 'http://localhost').pathname);
    try {
      const content = await readFile(join(folder, path));
      response.writeHead(200, { 'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream' });
      response.end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://${HOST}:${port}/`, close };
}
