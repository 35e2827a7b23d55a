// The machine that a program is to run on.
import { existsSync } from 'node:fs';
import { machine, release } from 'node:os';
import { BpfcError, type SystemNames } from '@bpfc/core';
import { LoaderCode } from './error.js';
import { readStart, reason } from './files.js';
import { variable } from './privilege.js';

/** A machine, as it names itself. */
export type System = SystemNames;

/** os-release(5), in this order. */
const OS_RELEASE = ['/etc/os-release', '/usr/lib/os-release'];

/** Bytes of an os-release that are read; real ones have some hundred. */
const OS_RELEASE_BYTES = 64 << 10;

/**
 * The running system. `BPFC_OS_RELEASE` names an os-release file to be read instead of this system's: in a container, that of
 * its host. A system without one, such as an initramfs, is still a system.
 *
 * @throws BpfcError `LOADER_SYSTEM`: os-release is there and cannot be read
 */
export function currentSystem(): System {
  const file = variable('BPFC_OS_RELEASE') ?? OS_RELEASE.find((path) => existsSync(path));
  return systemFromParts(file === undefined ? '' : read(file), machine(), release());
}

/** The running kernel's names, where those of its distribution do not matter. */
export function thisKernel(): System {
  return systemFromParts('', machine(), release());
}

/**
 * A machine from the text of its os-release and what `uname -m` and `uname -r` print there: for tests, and for other machines,
 * whose kernels are taken to have no BTF of their own.
 */
export function systemFromParts(osRelease: string, machine: string, release: string): System {
  return { osRelease, machine, release };
}

function read(file: string): string {
  try {
    return readStart(file, OS_RELEASE_BYTES).toString('utf8');
  } catch (cause) {
    throw new BpfcError(LoaderCode.system, `${file} cannot be read: ${reason(cause)}`, { cause });
  }
}
