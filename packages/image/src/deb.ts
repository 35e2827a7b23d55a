// Debian's packages (deb(5)): control fields and files, each in a tar of its own.
import { BpfcError } from '@bpfc/core';
import { type ArMember, arContent, arMembers } from './ar.js';
import { decompressed } from './decompress.js';
import { ImageCode } from './error.js';
import type { Package } from './package-files.js';
import { eachTarFile, type TarFile } from './tar-files.js';

/** Bytes of `control` and `md5sums`: those of kernels have some 400 KB. */
const MOST_CONTROL = 16 << 20;

/** @throws BpfcError `PACKAGE_CORRUPT`; those of the compressions */
export async function openDeb(path: string): Promise<Package> {
  const members = await arMembers(path);
  const content = (name: string) => decompressed(arContent(path, member(members, name)));
  const texts = new Map<string, string>();
  await eachTarFile(content('control.tar'), async (file) => {
    if (['control', 'md5sums'].includes(file.path)) {
      texts.set(file.path, new TextDecoder().decode(await bytesOf(file, MOST_CONTROL)));
    }
    return true;
  });
  return {
    control: texts.get('control') ?? '',
    md5sums: sums(texts.get('md5sums') ?? ''),
    each: (visit) => eachTarFile(content('data.tar'), visit),
  };
}

/** All of a file, which has to have `most` bytes or fewer. */
export async function bytesOf(file: TarFile, most: number): Promise<Uint8Array> {
  if (file.size > most) {
    throw new BpfcError(
      ImageCode.limit,
      `${file.path}: ${file.size} bytes, more than the ${most} that are read`,
      {
        value: file.size,
      },
    );
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** `data.tar.xz` and the like. */
function member(members: readonly ArMember[], name: string): ArMember {
  const found = members.find((member) => member.name === name || member.name.startsWith(`${name}.`));
  if (!found) {
    throw new BpfcError(ImageCode.packageCorrupt, `the package has no ${name}; fetch it again`);
  }
  return found;
}

function sums(text: string): Map<string, string> {
  const lines = text.matchAll(/^([0-9a-f]{32}) {2}(.+)$/gm);
  return new Map(Array.from(lines, ([, sum = '', path = '']) => [path, sum]));
}
