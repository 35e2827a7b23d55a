// Whose types can be looked at.
import { computed } from '@preact/signals';
import type { Source } from '../../engine/source.js';
import { kernels, programs } from '../../workspace/sources.js';

export interface TypeSource {
  /** In links. */
  key: string;
  label: string;
  /** What a list says behind the label. */
  note: string;
  source: Source;
  /** Name of the pack whose program it has types for, and no others. */
  trimmedIn: string | undefined;
}

export const typeSources = computed((): readonly TypeSource[] => [
  ...kernels.value.map(({ key, label, source, pack }) => ({
    key,
    label,
    note: pack ? `trimmed, in ${pack.name}` : '',
    source,
    trimmedIn: pack?.name,
  })),
  ...programs.value.map(({ key, label, source }) => ({
    key,
    label,
    note: "a program's own types",
    source,
    trimmedIn: undefined,
  })),
]);
