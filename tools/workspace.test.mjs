import { basename, dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { capture } from './process.mjs';
import { environment } from './toolbox.mjs';

// Dependencies point one way. A new crate or package is entered here before it can depend on anything.

/** @type {Map<string, string[]>} */
const crates = new Map([
  ['btf', []],
  ['relo', ['btf']],
  ['archive', []],
  ['pack', ['relo', 'btf', 'archive']],
  ['loader', ['archive', 'btf']],
  ['image', ['archive', 'btf']],
  ['image-wasm', ['image', 'archive', 'btf']],
  ['capi', ['loader', 'archive']],
  ['cli', ['pack', 'archive', 'relo', 'btf']],
  ['wasm', ['pack', 'relo', 'btf', 'archive']],
  ['tests', ['wasm', 'image', 'loader', 'pack', 'relo', 'btf', 'archive']],
]);

/** @type {Map<string, string[]>} */
const packages = new Map([
  ['fixtures', []],
  ['core', []],
  ['loader', ['core']],
  ['hub', ['core']],
  ['image', ['core']],
  ['btf-pack', ['core', 'hub', 'image', 'loader']],
  ['wasi', ['core']],
  ['preview', ['core', 'wasi']],
  ['e2e', ['core', 'hub', 'image', 'loader', 'wasi', 'btf-pack']],
]);

/**
 * One line per dependency that `allowed` does not name.
 * @param {Map<string, string[]>} graph folder to the folders it depends on
 * @param {Map<string, string[]>} allowed
 */
function violations(graph, allowed) {
  return [...graph].flatMap(([from, uses]) => {
    const may = allowed.get(from);
    if (may === undefined) {
      return [`${from} is not in the list`];
    }
    return uses.filter((to) => !may.includes(to)).map((to) => `${from} -> ${to}`);
  });
}

/** Crates by folder, dependencies of every kind: normal, build and dev. */
function crateGraph() {
  const { packages } = JSON.parse(
    capture('cargo', ['metadata', '--format-version=1', '--no-deps', '--locked'], { env: environment() }),
  );
  return packages.map(
    (/** @type {{ name: string, manifest_path: string, dependencies: { path?: string }[] }} */ crate) => ({
      name: crate.name,
      folder: basename(dirname(crate.manifest_path)),
      uses: crate.dependencies.flatMap(({ path }) => (path === undefined ? [] : [basename(path)])),
    }),
  );
}

/** Packages by folder. The fixtures are data that any package's tests may read. */
function packageGraph() {
  const listed = JSON.parse(capture('pnpm', ['ls', '-r', '--depth=0', '--json'], { env: environment() }));
  /** @param {Record<string, { version: string }>} [dependencies] */
  const linked = (dependencies = {}) =>
    Object.values(dependencies)
      .filter(({ version }) => version.startsWith('link:'))
      .map(({ version }) => basename(version));
  return listed
    .filter((/** @type {{ name: string }} */ { name }) => name !== 'bpfc')
    .map(
      (
        /** @type {Record<string, any>} */ {
          name,
          path,
          dependencies,
          devDependencies,
          optionalDependencies,
        },
      ) => ({
        name,
        folder: basename(path),
        uses: [
          ...linked(dependencies),
          ...linked(optionalDependencies),
          ...linked(devDependencies).filter((folder) => folder !== 'fixtures'),
        ],
      }),
    );
}

/** @param {{ folder: string, uses: string[] }[]} members */
function graphOf(members) {
  return new Map(members.map(({ folder, uses }) => [folder, uses]));
}

describe('dependencies point one way', () => {
  it('between crates', () => {
    const graph = graphOf(crateGraph());
    expect([...graph.keys()]).toContain('btf');
    expect(violations(graph, crates)).toEqual([]);
  });

  it('between packages', () => {
    const graph = graphOf(packageGraph());
    expect([...graph.keys()]).toContain('core');
    expect(violations(graph, packages)).toEqual([]);
  });

  it('and a dependency against it is named', () => {
    const graph = new Map([
      ['btf', ['archive']],
      ['relo', ['btf']],
      ['surprise', []],
    ]);
    expect(violations(graph, crates)).toEqual(['btf -> archive', 'surprise is not in the list']);
  });
});

describe('a folder names what is in it', () => {
  it('crates are bpfc-<folder>', () => {
    for (const { name, folder } of crateGraph()) {
      expect(name).toBe(`bpfc-${folder}`);
    }
  });

  it('packages are @bpfc/<folder>, and the command is plain btf-pack', () => {
    for (const { name, folder } of packageGraph()) {
      expect(name).toBe(folder === 'btf-pack' ? 'btf-pack' : `@bpfc/${folder}`);
    }
  });
});
