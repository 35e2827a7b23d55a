// From a mirror on this machine into a cache, and from there into a pack.

import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { capture, SetupError } from '../../tools/process.mjs';
import { environment } from '../../tools/toolbox.mjs';
import { CLI } from '../bed.mjs';
import { interleave, timed } from '../measure.mjs';

/** @typedef {import('../bed.mjs').Bed} Bed */
/** @typedef {import('../statistics.mjs').Row} Row */

const HOST = '127.0.0.1';

/** Milliseconds between two looks whether the server listens. */
const LOOK = 20;

/**
 * @param {Bed} bed
 * @returns {Promise<Row[]>}
 */
export async function fetchRows(bed) {
  const mirror = await startMirror(bed);
  try {
    const cache = join(bed.scratch, 'cache');
    const copy = join(bed.scratch, 'wget');
    const env = { ...environment(), BTFHUB_CACHE: cache };
    const command = (/** @type {string[]} */ ...args) =>
      timed(() => capture(process.execPath, [CLI, ...args], { env }));
    const fetch = (/** @type {string} */ name) =>
      command('fetch', '--source', `${mirror.url}${name}/`, '--json');
    const cold = (/** @type {string} */ name) => {
      rmSync(cache, { recursive: true, force: true });
      return fetch(name);
    };
    const figures = await interleave(bed.runs, 'fetch', {
      wget: () => {
        rmSync(copy, { recursive: true, force: true });
        const tree = ['--recursive', '--no-parent', '--no-host-directories', '--accept=*.btf.tar.xz'];
        return timed(() =>
          capture('wget', ['--quiet', ...tree, `--directory-prefix=${copy}`, `${mirror.url}listed/`]),
        );
      },
      listed: () => cold('listed'),
      indexed: () => cold('indexed'),
      again: () => fetch('indexed'),
      pack: () => command('pack', bed.object, '-o', join(bed.scratch, 'fetched.tar'), '--json'),
    });
    const peer = figures.wget;
    const note =
      'all kernels of the archive from nginx on this machine; peer: wget --recursive, which verifies nothing';
    return [
      {
        name: 'fetch the archive, index.json',
        unit: 'ms',
        peer,
        us: figures.indexed,
        note: `${note}; held against SHA-256`,
      },
      {
        name: '  listed folders',
        unit: 'ms',
        peer,
        us: figures.listed,
        note: 'no hash is known, so each is unpacked and parsed',
      },
      { name: '  again, nothing new', unit: 'ms', us: figures.again },
      { name: '  pack from the cache', unit: 'ms', us: figures.pack },
    ];
  } finally {
    await mirror.stop();
  }
}

/**
 * Debian's nginx over the archive: as `listed/` it shows its folders, as `indexed/` it has an index.json.
 * @param {Bed} bed
 */
async function startMirror({ archive, scratch }) {
  const [folder, root] = [join(scratch, 'nginx'), join(scratch, 'mirror')];
  mkdirSync(folder);
  mkdirSync(root);
  symlinkSync(archive, join(root, 'listed'));
  capture('cp', ['-r', archive, join(root, 'indexed')]);
  capture(process.execPath, [CLI, 'index', join(root, 'indexed')], { env: environment() });
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  const configuration = `
    daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
    events {}
    http {
      ${temporary.join(' ')}
      access_log off;
      server { listen ${HOST}:${port}; root ${root}; autoindex on; }
    }`;
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, configuration);
  const child = spawn('nginx', ['-c', file], { stdio: 'ignore', env: environment() });
  let ended = false;
  const end = new Promise((resolve) => {
    child.once('error', resolve).once('close', resolve);
  }).then(() => {
    ended = true;
  });
  while (!(await listens(port))) {
    if (ended) {
      throw new SetupError('nginx does not run; the set-up of the tests installs it');
    }
    await pause(LOOK);
  }
  return {
    url: `http://${HOST}:${port}/`,
    async stop() {
      child.kill();
      await end;
    },
  };
}

/** @returns {Promise<number>} a port that nobody listens on */
async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, HOST, () => resolve(undefined)));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function listens(port) {
  return new Promise((resolve) => {
    const socket = connect(port, HOST);
    const answer = (/** @type {boolean} */ open) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => answer(true)).once('error', () => answer(false));
  });
}
