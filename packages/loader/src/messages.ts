// What goes between the thread that owns the program and the one that asked for it.
import type { EventValue } from './decode.js';
import type { RecordLayout } from './layout.js';

/** What the thread is started with. */
export interface Job {
  /** The ELF file. */
  object: Uint8Array;
  /** Of the object, as the maps of its data sections are named after it. */
  objectName: string | null;
  /** The BTF for CO-RE; null for the kernel's own. */
  btf: string | null;
  /** Of a perf buffer, for each CPU. */
  pages: number;
  /** Bytes of decoded events that may wait for each map. */
  queueBytes: number;
}

/** A map that carries events. */
export interface EventMap {
  name: string;
  kind: 'ringbuf' | 'perfbuf';
}

/** A program that is attached. */
export interface AttachedProgram {
  name: string;
  /** ELF section, which says where: `tp/syscalls/sys_enter_openat`. */
  section: string;
}

/** To the thread. */
export type Request = ReadRequest | { do: 'pause'; map: string; reader: number } | { do: 'stop' };

export interface ReadRequest {
  do: 'read';
  map: string;
  /** Who reads; no number is used twice. */
  reader: number;
  layout: RecordLayout;
  /** As {@link COUNTER} says; its numbers are of 32 bits. */
  counters: SharedArrayBuffer;
}

/** From the thread: first `loaded` or `failed`, then `events`, each with what it counts for among those that wait. */
export type Reply =
  | { is: 'loaded'; maps: EventMap[]; programs: AttachedProgram[] }
  | { is: 'failed'; code: string; message: string; value: number | string | undefined }
  | { is: 'events'; reader: number; events: EventValue[]; costs: number[] };

/** Places in the counters that both threads see. */
export const COUNTER = {
  /** Bytes of events that were sent and not taken yet. */
  waiting: 0,
  /** Events that the kernel had no room for. */
  lostInKernel: 1,
  /** Events that were dropped here, as too many waited. */
  dropped: 2,
} as const;

/** Bytes of the counters. */
export const COUNTER_BYTES = 3 * Int32Array.BYTES_PER_ELEMENT;
