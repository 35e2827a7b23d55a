// The packages as npm installs them, in a folder with nothing else in it.
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Inputs } from '../app/drive.js';
import {
  install,
  packArguments,
  packByCli,
  remove,
  run,
  scratch,
  sha256,
  stageInputs,
  tarball,
} from './support.js';

const OURS = ['@bpfc/core', '@bpfc/hub', '@bpfc/image', '@bpfc/loader', '@bpfc/wasi', 'btf-pack'];

/** What calls libbpf, for `btf-pack run`; its native code comes as packages of its own. */
const NATIVE = /^(koffi|@koromix\/koffi-.*)$/;

let folder: string;
let inputs: Inputs;
/** What the repository's own build of the command writes. */
let built: { tar: Buffer; tarGz: Buffer };

beforeAll(async () => {
  folder = await scratch();
  const packages = ['core', 'hub', 'image', 'loader', 'wasi', 'btf-pack'] as const;
  const tarballs = await Promise.all(packages.map((name) => tarball(name, folder)));
  await install(folder, tarballs);
  inputs = await stageInputs(folder);
  built = await packByCli(folder, inputs);
});

afterAll(() => remove(folder));

/** A package in package-lock.json. */
interface LockedPackage {
  optional?: boolean;
  hasInstallScript?: boolean;
}

/** Every package below node_modules, with its package.json. */
async function installedPackages() {
  const files = await readdir(join(folder, 'node_modules'), { recursive: true });
  const manifests = files.filter((file) =>
    /(^|\/node_modules\/)(@[^/]+\/)?[^/@.][^/]*\/package\.json$/.test(file),
  );
  return Promise.all(
    manifests.map(async (file) => JSON.parse(await readFile(join(folder, 'node_modules', file), 'utf8'))),
  );
}

describe('what is installed', () => {
  test('names no workspace and no folder of the repository', async () => {
    for (const name of OURS) {
      const manifest = await readFile(join(folder, 'node_modules', name, 'package.json'), 'utf8');
      expect(manifest).not.toMatch(/workspace:|link:|file:/);
    }
  });

  test('is the core, the hub, the image reader, the loader, the WASI module, the command and what it prints with, each once', async () => {
    const names = (await installedPackages()).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([...OURS, 'commander']));
    expect(names.length).toBe(new Set(names).size);
  });

  test('has no native code and no install scripts but for koffi, which is optional', async () => {
    const files = await readdir(join(folder, 'node_modules'), { recursive: true });
    const others = files.filter((file) => !/^(koffi|@koromix)\//.test(file));
    expect(others.filter((file) => /\.(node|so|dll|dylib)$|binding\.gyp$/.test(file))).toEqual([]);
    for (const { name, scripts = {} } of await installedPackages()) {
      if (NATIVE.test(name)) continue;
      const atInstall = Object.keys(scripts).filter((script) => /^(pre|post)?install$/.test(script));
      expect({ name, atInstall }).toEqual({ name, atInstall: [] });
    }
    const lock = JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8'));
    for (const [path, { optional, hasInstallScript }] of Object.entries<LockedPackage>(lock.packages)) {
      const native = NATIVE.test(path.replace('node_modules/', ''));
      expect({ path, optional }).toEqual({ path, optional: native ? true : undefined });
      if (hasInstallScript) expect(native).toBe(true);
    }
  });

  test('ships builds, licences and READMEs, and no sources or tests', async () => {
    for (const name of OURS) {
      const files = await readdir(join(folder, 'node_modules', name));
      expect(files.sort()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json']);
    }
  });
});

describe('npx btf-pack pack', () => {
  test.each([
    ['execsnoop.tar', 'tar'],
    ['execsnoop.tar.gz', 'tarGz'],
  ] as const)('writes the bytes of the built command: %s', async (output, container) => {
    await run(folder, 'npx', ['--no', 'btf-pack', ...packArguments(inputs, output)]);
    const installed = await readFile(join(folder, output));
    expect(sha256(installed)).toBe(sha256(built[container]));
    expect(installed.equals(built[container])).toBe(true);
  });
});

test('npx btf-pack fetch fills a cache from a folder', async () => {
  const kernels = join(folder, 'kernels');
  await run(folder, 'npx', ['--no', 'btf-pack', 'index', kernels]);
  const printed = await run(folder, 'npx', ['--no', 'btf-pack', 'fetch', '--source', kernels, '--json']);
  const { fetched, failed } = JSON.parse(printed);
  expect(fetched.map((path: string) => `kernels/${path}`).sort()).toEqual([...inputs.kernels].sort());
  expect(failed).toEqual([]);
});

describe('import of @bpfc/core', () => {
  test('in a Node script does the same job, and opens the pack it made', async () => {
    const script = `
      import { readFile } from 'node:fs/promises';
      import { createPack, identityOfPath, openPack, parseBtf, parseObject, Trimmer } from '@bpfc/core';
      const { program, kernels } = ${JSON.stringify(inputs)};
      const object = parseObject(await readFile(program));
      const trimmer = new Trimmer([object]);
      const entries = [];
      for (const path of kernels) {
        const kernel = await readFile(path);
        const btf = parseBtf(kernel);
        if (btf.info().types < 10_000) throw new Error(path + ': few types');
        btf.free();
        entries.push({ identity: identityOfPath(path), bytes: trimmer.trim(kernel).btf });
      }
      const { json } = object.packageJson(program);
      const bytes = createPack({ package: json, entries, container: 'tar' });
      console.log(openPack(bytes).identities().length, Buffer.from(bytes).toString('base64'));`;
    const printed = await run(folder, process.execPath, ['--input-type=module', '--eval', script]);
    const [kernels, pack = ''] = printed.trim().split(' ');
    expect(Number(kernels)).toBe(inputs.kernels.length);
    expect(Buffer.from(pack, 'base64').equals(built.tar)).toBe(true);
  });

  test.each(['@bpfc/core/node', '@bpfc/core/browser', '@bpfc/core/slim'])('resolves %s', async (entry) => {
    const script = `console.log(typeof (await import('${entry}')).parseObject)`;
    const printed = await run(folder, process.execPath, ['--input-type=module', '--eval', script]);
    expect(printed.trim()).toBe('function');
  });

  test.each(['bpfc_bg.wasm', 'bpfc_slim_bg.wasm'])('resolves the module %s', async (module) => {
    const script = `console.log(import.meta.resolve('@bpfc/core/${module}'))`;
    const printed = await run(folder, process.execPath, ['--input-type=module', '--eval', script]);
    expect(basename(printed.trim())).toBe(module);
  });
});

test('import of @bpfc/wasi: a Node script packs the same', async () => {
  const script = `
    import { readFile } from 'node:fs/promises';
    import { run } from '@bpfc/wasi';
    const paths = ${JSON.stringify([inputs.program, ...inputs.kernels])};
    const files = await Promise.all(paths.map(async (path) => [path, await readFile(path)]));
    const args = ${JSON.stringify(packArguments(inputs, 'out.tar'))};
    const result = await run(args, { files: Object.fromEntries(files) });
    console.log(Buffer.from(result.files['out.tar']).toString('base64'));`;
  const printed = await run(folder, process.execPath, ['--input-type=module', '--eval', script]);
  expect(Buffer.from(printed, 'base64').equals(built.tar)).toBe(true);
});
