// The app as a browser gets it: from Vite's dev server, or built, from a server that knows nothing but files.
import { join } from 'node:path';
import { serveFiles } from '@bpfc/fixtures/browser';
import * as vite from 'vite';

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
    server: { host: '127.0.0.1', port: 0, strictPort: true },
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
