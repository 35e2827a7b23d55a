// What tests/vm boots: Debian's kernel for s390x, big-endian and built without BTF, and a static busybox for it.

import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { capture, SetupError } from './process.mjs';
import { install, toolCache } from './toolbox.mjs';

export const RELEASE = '6.1.0-47-s390x';

const KERNEL = `linux-image-${RELEASE}`;
const BUSYBOX = 'busybox-static';

const folder = join(toolCache, `debian-${RELEASE}`);

export const kernel = join(folder, 'boot', `vmlinuz-${RELEASE}`);
export const busybox = join(folder, 'bin', 'busybox');

/** Fetches both by apt, with lists and a state of their own: this machine's architectures stay what they are. */
export function installKernel() {
  install(`kernel ${RELEASE} and busybox for the virtual machine`, folder, (partial) => {
    const apt = join(partial, 'apt');
    mkdirSync(join(apt, 'lists', 'partial'), { recursive: true });
    mkdirSync(join(apt, 'archives', 'partial'), { recursive: true });
    const options = [
      'APT::Architecture=s390x',
      'APT::Architectures=s390x',
      `Dir::State=${apt}`,
      'Dir::State::status=/dev/null',
      `Dir::Cache=${apt}`,
      'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false',
      'Acquire::Languages=none',
    ].flatMap((option) => ['-o', option]);
    capture('apt-get', ['-q', ...options, 'update']);
    try {
      capture('apt-get', ['-q', ...options, 'download', KERNEL, BUSYBOX], { cwd: apt });
    } catch {
      throw new SetupError(`cannot download ${KERNEL}, a package of Debian 12`);
    }
    for (const file of readdirSync(apt).filter((name) => name.endsWith('.deb'))) {
      const members = file.startsWith(KERNEL) ? `./boot/vmlinuz-${RELEASE}` : './bin/busybox';
      const unpack = 'dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" "$3"';
      capture('sh', ['-c', unpack, 'sh', join(apt, file), partial, members]);
    }
    rmSync(apt, { recursive: true });
  });
}
