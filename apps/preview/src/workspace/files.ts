// The files that are open: the page's state that every view shows.
import type { InspectedObject, InspectedPack } from '@bpfc/core/slim';
import { batch, computed, signal } from '@preact/signals';
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

/** Milliseconds between two times that files show while many are read: each time the views draw anew. */
const SHOWN = 100;

/** Opens files one after the other; they show soon after they are read. One of a name that is open takes its place. */
export async function open(blobs: readonly NamedBlob[]): Promise<void> {
  opening.value += blobs.length;
  let read: (OpenFile | RefusedFile)[] = [];
  let shown = performance.now();
  for (const [position, { name, blob }] of blobs.entries()) {
    read.push(await readFile(name, blob));
    if (position + 1 < blobs.length && performance.now() - shown < SHOWN) continue;
    show(read);
    opening.value -= read.length;
    read = [];
    shown = performance.now();
  }
}

async function readFile(name: string, blob: Blob): Promise<OpenFile | RefusedFile> {
  const number = ++last;
  try {
    return { number, name, blob, ...(await engine.add(number, name, blob)) };
  } catch (error) {
    return { name, failure: failureOf(error) };
  }
}

function show(read: readonly (OpenFile | RefusedFile)[]): void {
  const open = new Map(files.value.map((file) => [file.name, file]));
  const not = new Map(refused.value.map((file) => [file.name, file]));
  for (const file of read) {
    if ('failure' in file) {
      not.set(file.name, file);
      continue;
    }
    const before = open.get(file.name);
    // What it no longer knows it has no memory of either: nobody waits for that.
    if (before) engine.remove(before.number).catch(() => {});
    open.set(file.name, file);
    not.delete(file.name);
  }
  batch(() => {
    files.value = [...open.values()];
    refused.value = [...not.values()];
  });
}

/** Says why a file is not open. */
export function refuse(name: string, failure: Failure): void {
  show([{ name, failure }]);
}

/** Takes what was said of refused files as read: of one, or of all. */
export function dismiss(name?: string): void {
  refused.value = refused.value.filter((file) => name !== undefined && file.name !== name);
}

export async function close(file: OpenFile): Promise<void> {
  files.value = files.value.filter(({ number }) => number !== file.number);
  await engine.remove(file.number);
}
