// What a page offers to whoever drives it.
import type { RunResult } from '@bpfc/wasi';

/** Paths below the page. */
export interface Inputs {
  program: string;
  kernels: string[];
}

export interface Packs {
  tar: Uint8Array<ArrayBuffer>;
  tarGz: Uint8Array<ArrayBuffer>;
  /** Number of types of each kernel, where they were parsed too. */
  types?: number[];
}

/** How to do the job: in the page itself, in its worker, or in a pool, which is started by the first who asks. */
export interface Drive {
  inPage(inputs: Inputs): Promise<Packs>;
  inWorker(inputs: Inputs): Promise<Packs>;
  inPool(inputs: Inputs): Promise<Packs>;
  /** What is wrong with kernels, given as paths or as bytes, when the pool trims them; null for nothing. */
  codes(program: string, kernels: (string | number[])[]): Promise<(string | null)[]>;
  endPool(): Promise<void>;
}

declare global {
  var drive: Drive | undefined;
  /** Runs `bpfc` on files below the page. */
  var runBpfc: ((args: readonly string[], paths: readonly string[]) => Promise<RunResult>) | undefined;
}
