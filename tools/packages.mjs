// `btf-pack add` on Debian's own packages: what it finds is the BTF that bpftool reads and that BTFHub's archive has.
//
//   npm run test:packages [-- PACKAGE...]
//
// Not a part of `npm test`: it fetches 1.1 GB once. What Debian no longer serves, and is not in the tool cache, is said.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { kernelPackages } from './kernel-packages.mjs';
import { capture, exitWith, root } from './process.mjs';
import { setUp } from './setup.mjs';
import { environment } from './toolbox.mjs';

const NATIVE = "the kernel's own BTF";
const MADE = 'BTF made of its debug symbols';

/** Machines by Debian's name: what `uname -m` prints, and the folder of the archive. */
const MACHINES = {
  amd64: { machine: 'x86_64', folder: 'x86_64' },
  arm64: { machine: 'aarch64', folder: 'arm64' },
  s390x: { machine: 's390x', folder: 's390x' },
};

/**
 * @typedef {object} Kernel
 * @property {string} release
 * @property {'11' | '12'} version
 * @property {keyof typeof MACHINES} architecture
 * @property {boolean} [debug] its debug symbols
 */

/** Of 5.10 Debian's main archive keeps two; cloud kernels are the small ones, and compressed with lz4. @type {Kernel[]} */
const KERNELS = [
  { release: '5.10.0-32-cloud-amd64', version: '11', architecture: 'amd64' },
  { release: '5.10.0-32-cloud-arm64', version: '11', architecture: 'arm64' },
  { release: '6.1.0-47-amd64', version: '12', architecture: 'amd64' },
  { release: '6.1.0-56-cloud-amd64', version: '12', architecture: 'amd64' },
  { release: '6.1.0-47-arm64', version: '12', architecture: 'arm64' },
  { release: '6.12.107+deb12-amd64', version: '12', architecture: 'amd64' },
  { release: '6.12.107+deb12-arm64', version: '12', architecture: 'arm64' },
  { release: '5.10.0-32-cloud-amd64', version: '11', architecture: 'amd64', debug: true },
  { release: '6.1.0-47-s390x', version: '12', architecture: 's390x', debug: true },
];

/** Fewer types has no kernel. */
const FEWEST_TYPES = 50_000;

const archive = process.env.BPFC_ARCHIVE ?? join(root, '..', 'shared', 'btfhub-archive');
const modules = process.env.BPFC_MODULES ?? join(root, '..', 'shared', 'module-btf');
const scratch = mkdtempSync(join(tmpdir(), 'bpfc-packages-'));
const counts = { passed: 0, failed: 0 };

/**
 * @param {string} what
 * @param {boolean} holds
 */
function check(what, holds) {
  counts[holds ? 'passed' : 'failed'] += 1;
  process.stdout.write(`  ${holds ? 'ok' : 'NOT OK'}  ${what}\n`);
}

/** @param {string[]} args */
function btfPack(...args) {
  const env = { ...environment(), BTFHUB_CACHE: scratch };
  return capture(process.execPath, [join(root, 'packages', 'btf-pack', 'dist', 'cli.js'), ...args], { env });
}

/** @param {Kernel} kernel */
function packageOf({ release, debug }) {
  return `linux-image-${release}${debug ? '-dbg' : ''}`;
}

/** @param {Kernel} kernel */
function pathOf({ version, architecture, release }) {
  return ['debian', version, MACHINES[architecture].folder, release].join('/');
}

/**
 * The BTF in a file of the archive or of the cache.
 * @param {string} file
 */
function unpacked(file) {
  const { stdout } = spawnSync('tar', ['-xJOf', file], { maxBuffer: 2 ** 28 });
  return stdout;
}

/**
 * How many types bpftool lists.
 * @param {string[]} args
 */
function listed(...args) {
  return (
    capture('bpftool', [...args.slice(0, -1), 'btf', 'dump', 'file', args.at(-1) ?? '']).match(/^\[/gm) ?? []
  ).length;
}

/**
 * What `add` made of a package.
 * @param {Kernel} kernel
 * @param {string} said what it said
 */
function examine(kernel, said) {
  const { version, architecture, release } = kernel;
  const name = ['debian', version, MACHINES[architecture].machine, release].join('/');
  const origin = architecture === 's390x' ? MADE : NATIVE;
  check(`it is ${name}: ${origin}`, said.startsWith(`${name}: ${origin}`));
  const btf = unpacked(join(scratch, 'btfhub-archive', `${pathOf(kernel)}.btf.tar.xz`));
  const raw = join(scratch, 'vmlinux.btf');
  writeFileSync(raw, btf);
  check('bpftool reads it', listed(raw) > FEWEST_TYPES);
  const catalog = JSON.parse(readFileSync(join(scratch, 'catalog.json'), 'utf8'));
  const { native = false } = catalog.files[`${pathOf(kernel)}.btf.tar.xz`];
  check(`the catalog says ${origin}`, native === (origin === NATIVE));
  const known = join(archive, `${pathOf(kernel)}.btf.tar.xz`);
  if (existsSync(known)) {
    check("it is the archive's, byte for byte", btf.equals(unpacked(known)));
  }
  const folder = join(scratch, 'btfhub-modules', pathOf(kernel));
  if (!kernel.debug && !release.startsWith('5.10')) {
    examineModules(kernel, folder, raw);
  }
  return btf;
}

/**
 * @param {Kernel} kernel
 * @param {string} folder
 * @param {string} base
 */
function examineModules(kernel, folder, base) {
  const names = readdirSync(folder);
  check(`its ${names.length} modules came along`, names.length > 500);
  check('and its config', existsSync(join(scratch, 'btfhub-configs', `${pathOf(kernel)}.config`)));
  const module = join(scratch, 'module.btf');
  writeFileSync(module, gunzipSync(readFileSync(join(folder, 'nf_conntrack.btf.gz'))));
  check('bpftool reads a module over it', listed('-B', base, module) > 0);
  const known = join(modules, pathOf(kernel));
  for (const file of existsSync(known) ? readdirSync(known) : []) {
    const ours = gunzipSync(readFileSync(join(folder, `${file}.gz`)));
    check(`${file} is the one of the loaded module`, ours.equals(readFileSync(join(known, file))));
  }
}

/**
 * The types of a kernel of 5.10 once more, of its DWARF alone. Debian's build took pahole 1.20, which cut enumerators to 32 bits without
 * a sign and left out functions that cannot be traced.
 * @param {Buffer} native
 * @param {string} deb
 */
function compareWithDwarf(native, deb) {
  const vmlinux = join(scratch, 'vmlinux');
  const unpack =
    'dpkg-deb --fsys-tarfile "$1" | tar -xO ./usr/lib/debug/boot/vmlinux-5.10.0-32-cloud-amd64 > "$2"';
  capture('sh', ['-c', unpack, 'sh', deb, vmlinux]);
  // It cannot be removed: symbols lie in it.
  capture('objcopy', ['--rename-section', '.BTF=.hidden', vmlinux]);
  const said = btfPack('add', vmlinux, '--id', 'test/0/x86_64/5.10.0-32-cloud-amd64', '--force');
  check('without .BTF it is made of DWARF', said.includes(MADE));
  const [old, made] = ['native.btf', 'made.btf'].map((name) => join(scratch, name));
  writeFileSync(old ?? '', native);
  writeFileSync(
    made ?? '',
    unpacked(join(scratch, 'btfhub-archive/test/0/x86_64/5.10.0-32-cloud-amd64.btf.tar.xz')),
  );
  const differences = JSON.parse(btfPack('diff', '--json', old ?? '', made ?? ''));
  const strange = differences.filter(
    (/** @type {import('../packages/core/dist/node.js').TypeDifference} */ difference) => {
      const { change, old, members } = difference;
      if (change === 'added') {
        return difference.new?.kind !== 'func';
      }
      const same = members.every(
        ({ old, new: made }) =>
          old && made && 'value' in old && 'value' in made && low(old.value) === low(made.value),
      );
      return change !== 'changed' || members.length === 0 || old?.size !== difference.new?.size || !same;
    },
  );
  for (const { name, change } of strange.slice(0, 10)) {
    process.stdout.write(`    ${name}: ${change}\n`);
  }
  check('type for type it is that of the image', strange.length === 0);
}

/** @param {string} value */
function low(value) {
  return BigInt.asUintN(32, BigInt(value));
}

await exitWith(() => {
  try {
    setUp('test');
    const chosen = process.argv.slice(2);
    const kernels = KERNELS.filter((kernel) => chosen.length === 0 || chosen.includes(packageOf(kernel)));
    const packages = kernels.map((kernel) => ({
      name: packageOf(kernel),
      architecture: kernel.architecture,
    }));
    const files = kernelPackages(packages);
    const gone = packages.filter(({ name }) => !files.has(name));
    /** @type {Map<string, Buffer>} */
    const found = new Map();
    for (const kernel of kernels) {
      const name = packageOf(kernel);
      const deb = files.get(name);
      if (deb === undefined) {
        continue;
      }
      process.stdout.write(`\n${name}\n`);
      const btf = examine(kernel, btfPack('add', deb));
      const image = found.get(pathOf(kernel));
      if (kernel.debug && image !== undefined) {
        check('debug symbols and image have one BTF', btf.equals(image));
        compareWithDwarf(image, deb);
      }
      found.set(pathOf(kernel), btf);
    }
    process.stdout.write('\n');
    for (const { name } of gone) {
      process.stdout.write(`no longer served: ${name}\n`);
    }
    process.stdout.write(`${counts.passed} passed, ${counts.failed} failed\n`);
    return counts.failed > 0 || counts.passed === 0 ? 1 : 0;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
});
