// What is inside a program, as CycloneDX 1.5 (https://cyclonedx.org): a bill of materials from `cargo metadata`.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture, root } from './process.mjs';
import { environment } from './toolbox.mjs';

/**
 * @typedef {object} Crate
 * @property {string} id
 * @property {string} name
 * @property {string} version
 * @property {string | null} license
 * @property {{ kind: string[] }[]} targets
 */

/**
 * @typedef {object} Node
 * @property {string} id
 * @property {{ pkg: string, dep_kinds: { kind: string | null }[] }[]} deps
 */

/**
 * Without a time and a serial number, so that equal programs have equal bills.
 * @param {string} program the crate
 * @param {string[]} targets
 */
export function billOf(program, targets) {
  const platforms = targets.flatMap((target) => ['--filter-platform', target]);
  const args = ['metadata', '--format-version=1', '--locked', ...platforms];
  /** @type {{ packages: Crate[], resolve: { nodes: Node[] } }} */
  const { packages, resolve } = JSON.parse(capture('cargo', args, { env: environment() }));
  const crates = new Map(packages.map((crate) => [crate.id, crate]));
  const nodes = new Map(resolve.nodes.map(({ id, deps }) => [id, deps]));
  const main = packages.find(({ name }) => name === program);
  if (main === undefined) {
    throw new Error(`no crate named ${program}`);
  }

  /** Crate to the crates compiled into it: neither for build scripts nor procedural macros, which run on the host. */
  /** @param {string} id */
  const partsOf = (id) =>
    (nodes.get(id) ?? [])
      .filter(({ dep_kinds }) => dep_kinds.some(({ kind }) => kind === null))
      .map(({ pkg }) => pkg)
      .filter((pkg) => !crates.get(pkg)?.targets.some(({ kind }) => kind.includes('proc-macro')));
  const inside = new Set([main.id]);
  for (const id of inside) {
    for (const part of partsOf(id)) inside.add(part);
  }

  const checksums = checksumsOfLock();
  const ordered = packages
    .filter(({ id }) => inside.has(id))
    .sort((a, b) => (reference(a) < reference(b) ? -1 : 1));
  const named = (/** @type {string} */ id) => reference(/** @type {Crate} */ (crates.get(id)));
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { component: { type: 'application', ...component(main, checksums) } },
    components: ordered
      .filter((crate) => crate !== main)
      .map((crate) => ({ type: 'library', ...component(crate, checksums) })),
    dependencies: ordered.map((crate) => ({
      ref: reference(crate),
      dependsOn: partsOf(crate.id).map(named).sort(),
    })),
  };
}

/** @param {Crate} crate */
function reference({ name, version }) {
  return `pkg:cargo/${name}@${version}`;
}

/**
 * @param {Crate} crate
 * @param {Map<string, string>} checksums
 */
function component(crate, checksums) {
  const { name, version, license } = crate;
  const checksum = checksums.get(reference(crate));
  return {
    'bom-ref': reference(crate),
    name,
    version,
    purl: reference(crate),
    // `/` is what cargo once took for OR.
    ...(license && { licenses: [{ expression: license.replaceAll(/ *\/ */g, ' OR ') }] }),
    ...(checksum && { hashes: [{ alg: 'SHA-256', content: checksum }] }),
  };
}

/** Of the packages from a registry. */
function checksumsOfLock() {
  const lock = readFileSync(join(root, 'Cargo.lock'), 'utf8');
  const entries = lock.matchAll(/^name = "(.*)"\nversion = "(.*)"\nsource = .*\nchecksum = "(.*)"$/gm);
  return new Map([...entries].map(([, name, version, sum = '']) => [`pkg:cargo/${name}@${version}`, sum]));
}
