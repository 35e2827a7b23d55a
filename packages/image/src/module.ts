// The one WebAssembly instance: started at the first use, replaced when it has grown or trapped.
import { Buffer } from 'node:buffer';
import { BpfcError, CoreCode } from '@bpfc/core';
import base64 from '../wasm/embedded.js';
import { createGlue, type Glue } from '../wasm/glue.js';

/** Memory of an instance never shrinks: one that grew above this is let go. 64 MiB. */
const KEPT = 64 << 20;

let compiled: WebAssembly.Module | undefined;
let current: { glue: Glue; memory: WebAssembly.Memory } | undefined;

/** Calls into the instance. What it returns has to be plain data: the instance may be gone afterwards. */
export function inModule<T>(call: (glue: Glue) => T): T {
  const instance = start();
  let failed = true;
  try {
    const result = inInstance(instance.glue, call);
    failed = false;
    return result;
  } finally {
    if (failed || instance.memory.buffer.byteLength > KEPT) current = undefined;
  }
}

/** An instance for something that goes on for long, by itself. */
export function ownInstance(): Glue {
  const { glue } = start();
  current = undefined;
  return glue;
}

/** Calls into `glue`; whatever that throws leaves as a {@link BpfcError}. */
export function inInstance<T>(glue: Glue, call: (glue: Glue) => T): T {
  try {
    return call(glue);
  } catch (error) {
    throw translated(error);
  }
}

function start() {
  if (!current) {
    compiled ??= new WebAssembly.Module(Buffer.from(base64, 'base64'));
    const glue = createGlue(FinalizationRegistry);
    const { memory } = glue.initSync({ module: compiled });
    current = { glue, memory };
  }
  return current;
}

function translated(error: unknown): unknown {
  if (error instanceof BpfcError) return error;
  if (typeof error === 'object' && error !== null && 'code' in error && 'message' in error) {
    const at = 'at' in error && typeof error.at === 'number' ? error.at : undefined;
    return new BpfcError(String(error.code), String(error.message), { at, cause: error });
  }
  return new BpfcError(
    CoreCode.trap,
    `the WebAssembly instance stopped (${String(error)}): most often this input needs more memory than there is`,
    { cause: error },
  );
}
