// What tests/vm needs: a kernel without BTF, an emulator to boot it, and the examples built for it.

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { targetFolder } from './cargo.mjs';
import { installKernel, RELEASE } from './debian.mjs';
import { ask, capture, root, SetupError, step } from './process.mjs';
import { environment } from './toolbox.mjs';

/** Gets it all ready. Returns why the virtual machine cannot be had here, or nothing. */
export function setUpMachine() {
  const env = environment();
  const archive = resolve(process.env.BPFC_ARCHIVE ?? join(root, '..', 'shared', 'btfhub-archive'));
  if (!existsSync(join(archive, 'debian', '12', 's390x', `${RELEASE}.btf.tar.xz`))) {
    return `${archive} has no BTF of its kernel, ${RELEASE}`;
  }
  if (ask('qemu-system-s390x', ['--version']) === undefined) {
    return 'qemu-system-s390x is not on PATH';
  }
  try {
    installKernel();
  } catch (error) {
    if (error instanceof SetupError) {
      return error.message;
    }
    throw error;
  }
  step('examples for the virtual machine', () => {
    const bpfc = resolve(targetFolder(), 'release', 'bpfc');
    capture('make', ['-C', join('tests', 'vm'), `BPFC=${bpfc}`, `ARCHIVE=${archive}`], { env });
  });
  return undefined;
}
