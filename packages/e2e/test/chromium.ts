// Debian's Chromium, alone with this machine: whatever it asks of another host ends at a proxy that writes it down.
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { type Browser, chromium } from 'playwright-core';

/** The one that is named, Ubuntu's, or Debian's. */
const EXECUTABLE =
  process.env.BPFC_CHROMIUM ??
  (existsSync('/usr/bin/chromium-browser') ? '/usr/bin/chromium-browser' : '/usr/bin/chromium');

/** Whom the browser asks by itself, mostly at its start, whatever the page and the flags: its maker. */
const OWN = /^(CONNECT |\w+ http:\/\/)([\w-]+\.)*(google|googleapis|gstatic|gvt1)\.com[:/]/;

export interface Chromium {
  browser: Browser;
  /** First line of each request for a host that is neither loopback nor {@link OWN}. */
  outside: string[];
  close(): Promise<void>;
}

export async function startChromium(): Promise<Chromium> {
  const outside: string[] = [];
  const proxy = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (bytes) => {
      const line = bytes.toString('latin1').split('\r\n', 1)[0] ?? '';
      if (!OWN.test(line)) outside.push(line);
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  // Playwright gives every launch an empty folder for user data. Chromium never asks a proxy for loopback.
  const browser = await chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--proxy-server=http://127.0.0.1:${port}`,
    ],
  });
  const close = async () => {
    await browser.close();
    await new Promise((resolve) => proxy.close(resolve));
  };
  return { browser, outside, close };
}
