// The files that are open: the page's state that every view shows.
import type { InspectedObject, InspectedPack } from '@bpfc/core/slim';
import { computed, signal } from '@preact/signals';
import { engine } from '../engine/client.js';
import type { Added, KernelBtf, Told } from '../engine/engine.js';
import { type Failure, failureOf } from '../engine/failure.js';

/** A file, and what it is. */
export interface OpenFile<Is extends Told = Told> {
  /** In the order of opening. */
  number: number;
  /** As it was dropped: below a folder, with the path from there. */
  name: string;
  blob: Blob;
  told: Is;
  identities: Added['identities'];
}

/** A file that could not be opened. */
export interface RefusedFile {
  name: string;
  failure: Failure;
}

/** Something to be opened. */
export interface NamedBlob {
  name: string;
  blob: Blob;
}

export const files = signal<readonly OpenFile[]>([]);
export const refused = signal<readonly RefusedFile[]>([]);
/** How many files of folders have names that none of bpfc's files have. */
export const passedOver = signal(0);
/** How many files are being read. */
export const opening = signal(0);

const of = <Is extends Told>(is: Is['is']) =>
  computed(() => files.value.filter((file): file is OpenFile<Is> => file.told.is === is));

export const packs = of<InspectedPack>('pack');
export const btfs = of<KernelBtf>('btf');
export const objects = of<InspectedObject>('object');

let last = 0;

/** Opens files one after the other; each shows as soon as it is read. One of a name that is open takes its place. */
export async function open(blobs: readonly NamedBlob[]): Promise<void> {
  opening.value += blobs.length;
  for (const { name, blob } of blobs) {
    const number = ++last;
    try {
      const added = await engine.add(number, name, blob);
      const replaced = files.value.find((file) => file.name === name);
      files.value = [...files.value.filter((file) => file !== replaced), { number, name, blob, ...added }];
      refused.value = refused.value.filter((file) => file.name !== name);
      if (replaced) await engine.remove(replaced.number);
    } catch (error) {
      refuse(name, failureOf(error));
    } finally {
      opening.value--;
    }
  }
}

/** Says why a file is not open. */
export function refuse(name: string, failure: Failure): void {
  refused.value = [...refused.value.filter((file) => file.name !== name), { name, failure }];
}

/** Takes what was said of a refused file as read. */
export function dismiss(name: string): void {
  refused.value = refused.value.filter((file) => file.name !== name);
}

export async function close(file: OpenFile): Promise<void> {
  files.value = files.value.filter(({ number }) => number !== file.number);
  await engine.remove(file.number);
}
