// Kernels' BTFs as they were before trimming, where they are open beside the pack.
import { computed } from '@preact/signals';
import { btfs } from '../../workspace/files.js';
import { identityText, kernels } from '../../workspace/sources.js';
import type { PackKernel } from './contents.js';

export interface WholeBtf {
  /** In links. */
  key: string;
  /** Bytes, unpacked. */
  size: number;
  /** SHA-256 of the file. */
  sha256: string;
}

const wholes = computed((): ReadonlyMap<string, WholeBtf> => {
  const told = new Map(btfs.value.map((file) => [file.number, file.told]));
  const found = kernels.value.flatMap(({ identity, key, source }): [string, WholeBtf][] => {
    const of = told.get(source.file);
    return identity && of ? [[identityText(identity), { key, size: of.btf.size, sha256: of.sha256 }]] : [];
  });
  return new Map(found);
});

/** The whole BTF of a kernel; undefined where none is open, or what is open is the pack's own, extracted. */
export function wholeOf({ identity, content }: PackKernel): WholeBtf | undefined {
  const whole = identity && wholes.value.get(identityText(identity));
  return whole && whole.sha256 !== content ? whole : undefined;
}
