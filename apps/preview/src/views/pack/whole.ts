// Kernels' BTFs as they were before trimming, where they are open beside the pack.
import { computed, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { engine } from '../../engine/client.js';
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

/** By file: bytes of BTFs that were unpacked to be measured; 0 for one that cannot be. */
const measured = signal<ReadonlyMap<number, number>>(new Map());

const wholes = computed((): ReadonlyMap<string, WholeBtf> => {
  const told = new Map(btfs.value.map((file) => [file.number, file.told]));
  const found = kernels.value.flatMap(({ identity, key, source }): [string, WholeBtf][] => {
    const of = told.get(source.file);
    const size = of?.btf?.size ?? measured.value.get(source.file);
    return identity && of && size ? [[identityText(identity), { key, size, sha256: of.sha256 }]] : [];
  });
  return new Map(found);
});

/** The whole BTF of a kernel; undefined where none is open, or what is open is the pack's own, extracted. */
export function wholeOf({ identity, content }: PackKernel): WholeBtf | undefined {
  const whole = identity && wholes.value.get(identityText(identity));
  return whole && whole.sha256 !== content ? whole : undefined;
}

/** Unpacks what is open of these kernels and not unpacked yet, one after the other, to know its size; as long as the component is shown. */
export function useWholeSizes(kernels: readonly PackKernel[]): void {
  const open = btfs.value;
  useEffect(() => {
    let shown = true;
    const measure = async () => {
      const wanted = new Set(kernels.flatMap(({ identity }) => (identity ? identityText(identity) : [])));
      for (const { number, name, told, identities } of open) {
        if (!shown) return;
        const identity = identities.get(name);
        if (told.btf || measured.peek().has(number) || !identity || !wanted.has(identityText(identity)))
          continue;
        // One that is broken has no size; the views that read it say why.
        const size = await engine.info({ file: number, path: null }).then(
          (info) => info.size,
          () => 0,
        );
        measured.value = new Map([...measured.peek(), [number, size]]);
      }
    };
    void measure();
    return () => {
      shown = false;
    };
  }, [open, kernels]);
}
