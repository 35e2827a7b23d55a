// Which kernel an input is of: what it says, and what the caller says.
import { BpfcError, type Identity, machineOfArch } from '@bpfc/core';
import { ImageCode } from './error.js';

/** What is known of a kernel; a part that the input does not say is missing. */
export type SaidIdentity = { [Part in keyof Identity]?: string | undefined };

const PARTS = ['id', 'version', 'arch', 'release'] as const;

/** What each part is called, and why an input may not say it. */
const NAMES = {
  id: 'of which distribution it is',
  version: 'of which version of the distribution it is',
  arch: 'for which machine it is',
  release: 'its release (`uname -r`)',
};

/**
 * The kernel that an input is of.
 *
 * @param said - by the input itself
 * @param asked - by the caller
 * @param force - take the caller's word where the input says something else
 * @throws BpfcError `IDENTITY_UNKNOWN`, `IDENTITY_MISMATCH`
 */
export function identify(said: SaidIdentity, asked: Identity | undefined, force = false): Identity {
  if (asked) {
    const contradicted = PARTS.filter(
      (part) => said[part] !== undefined && !same(part, said[part], asked[part]),
    );
    if (contradicted.length > 0 && !force) {
      const parts = contradicted.map((part) => `${part} ${said[part]}, not ${asked[part]}`);
      throw new BpfcError(
        ImageCode.identityMismatch,
        `the input is of another kernel than --id says: ${parts.join('; ')}; leave --id out, or take it all the same with --force`,
      );
    }
    return { ...asked, arch: machineOfArch(asked.arch) };
  }
  const { id, version, arch, release } = said;
  if (id !== undefined && version !== undefined && arch !== undefined && release !== undefined) {
    return { id, version, arch: machineOfArch(arch), release };
  }
  const missing = PARTS.filter((part) => said[part] === undefined).map((part) => NAMES[part]);
  const example = PARTS.map((part) => said[part] ?? part.toUpperCase()).join('/');
  throw new BpfcError(
    ImageCode.identityUnknown,
    `the input does not say ${missing.join(', nor ')}; say it with --id ${example}`,
  );
}

function same(part: (typeof PARTS)[number], a: string | undefined, b: string): boolean {
  return part === 'arch' ? machineOfArch(a ?? '') === machineOfArch(b) : a === b;
}
