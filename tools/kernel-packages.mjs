// Debian's packages of kernels, old releases' and other machines' too, in the tool cache: 1.1 GB, of which debug symbols are 0.7.

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, capture, SetupError, step } from './process.mjs';
import { toolCache } from './toolbox.mjs';

/** @typedef {'amd64' | 'arm64' | 's390x'} Architecture */

const ARCHITECTURES = ['amd64', 'arm64', 's390x'];

/** The suites that have kernels of 5.10, 6.1 and 6.12. */
const SUITES = {
  Debian: ['bullseye', 'bookworm', 'bookworm-backports'],
  'Debian-Security': ['bullseye-security', 'bookworm-security'],
};

const folder = join(toolCache, 'kernel-packages');

/**
 * Fetches what is not there yet, with lists and a state of their own: this machine's apt stays what it is. Returns where each
 * package is, by its name; those that Debian no longer serves are missing.
 * @param {{ name: string, architecture: Architecture }[]} packages
 * @returns {Map<string, string>}
 */
export function kernelPackages(packages) {
  const file = (/** @type {string} */ name) => join(folder, `${name}.deb`);
  const missing = packages.filter(({ name }) => !existsSync(file(name)));
  if (missing.length > 0) {
    const state = join(folder, `apt-${process.pid}`);
    try {
      fetch(missing, state, file);
    } finally {
      rmSync(state, { recursive: true, force: true });
    }
  }
  const there = packages.filter(({ name }) => existsSync(file(name)));
  return new Map(there.map(({ name }) => [name, file(name)]));
}

/**
 * @param {{ name: string, architecture: Architecture }[]} packages
 * @param {string} state folder of apt's own
 * @param {(name: string) => string} file where a package is to be
 */
function fetch(packages, state, file) {
  for (const part of ['lists', 'archives']) {
    mkdirSync(join(state, part, 'partial'), { recursive: true });
  }
  writeFileSync(join(state, 'sources.list'), sources());
  const list = (/** @type {string[]} */ names) => names.map((name) => `"${name}";`).join(' ');
  writeFileSync(
    join(state, 'apt.conf'),
    `APT::Architecture "amd64";
#clear APT::Architectures;
APT::Architectures { ${list(ARCHITECTURES)} };
Dir::State "${state}";
Dir::State::status "/dev/null";
Dir::Cache "${state}";
Dir::Etc::sourcelist "${join(state, 'sources.list')}";
Dir::Etc::sourceparts "-";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
`,
  );
  const env = { ...process.env, APT_CONFIG: join(state, 'apt.conf') };
  // Where a list of one suite cannot be had, packages of the others still can.
  step('apt package lists of old releases', () => ask('apt-get', ['-q', 'update'], env));
  for (const { name, architecture } of packages) {
    step(`package ${name}`, () => {
      const download = mkdirSync(join(state, name), { recursive: true }) ?? join(state, name);
      const script = 'cd "$1" && apt-get -q download "$2"';
      if (ask('sh', ['-c', script, 'sh', download, `${name}:${architecture}`], env) === undefined) {
        return;
      }
      const [deb] = readdirSync(download);
      if (deb !== undefined) {
        renameSync(join(download, deb), file(name));
      }
    });
  }
}

/** One line for each suite, from where this machine has its own packages. */
function sources() {
  const format = '$(LABEL) $(REPO_URI)';
  const lines = capture('apt-get', ['indextargets', '--format', format, 'ORIGIN: Debian']).split('\n');
  const targets = new Map(lines.flatMap((line) => (line.includes(' ') ? [split(line)] : [])));
  return Object.entries(SUITES)
    .flatMap(([label, suites]) => {
      const uri = targets.get(label);
      if (uri === undefined) {
        throw new SetupError(`apt has no source of ${label}; these tests run on Debian`);
      }
      return suites.map((suite) => `deb ${uri} ${suite} main\n`);
    })
    .join('');
}

/**
 * @param {string} line
 * @returns {[string, string]}
 */
function split(line) {
  const [label = '', uri = ''] = line.split(' ');
  return [label, uri];
}
