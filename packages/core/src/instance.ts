// The one WebAssembly instance, and the only place where its calls are made and its errors translated.
import { createGlue, type Glue } from '../wasm/glue.js';
import { BpfcError, CoreCode } from './error.js';
import { configuredModule } from './load.js';

/** A started instance. Memory of a trapped one is in an unknown state: it is never entered again. */
export interface Instance {
  readonly glue: Glue;
  readonly memory: WebAssembly.Memory;
  alive: boolean;
}

let current: Instance | undefined;

/** The live instance, started when there is none. */
export function instance(): Instance {
  current ??= start();
  return current;
}

/**
 * Bytes of memory the live instance has taken, 0 when none is started. It only ever grows: whoever has read something
 * large and goes on for long gives it back with {@link dropInstance}.
 */
export function memoryBytes(): number {
  return current?.memory.buffer.byteLength ?? 0;
}

/** Lets go of the live instance and its memory. The next call starts a fresh one; handles made before are stale. */
export function dropInstance(): void {
  if (current) retire(current);
}

function retire(home: Instance): void {
  home.alive = false;
  if (current === home) current = undefined;
}

/** Runs `call` inside `home`; whatever it throws leaves as a {@link BpfcError}. */
export function enter<T>(home: Instance, call: (glue: Glue) => T): T {
  try {
    return call(home.glue);
  } catch (error) {
    throw translate(error, home);
  }
}

function start(): Instance {
  const module = configuredModule();
  if (!module) {
    throw new BpfcError(CoreCode.notReady, 'the WebAssembly module is not loaded yet: `await init()` first');
  }
  const state = { alive: true };
  const glue = createGlue(registryWhileAlive(state), lacking);
  try {
    const { memory } = glue.initSync({ module: module as BufferSource });
    return Object.assign(state, { glue, memory });
  } catch (error) {
    throw new BpfcError(CoreCode.load, `the WebAssembly module did not start: ${String(error)}`, {
      cause: error,
    });
  }
}

/** What is called in place of what the slim module lacks. */
function lacking(): never {
  throw new BpfcError(
    CoreCode.slim,
    'the slim module does not have this: load `@bpfc/core/bpfc_bg.wasm` in its place',
  );
}

/** Garbage collection must not call into an instance that trapped: an error there would end the process. */
function registryWhileAlive(state: { alive: boolean }): FinalizationRegistryConstructor {
  return class<T> extends FinalizationRegistry<T> {
    constructor(cleanup: (held: T) => void) {
      super((held) => {
        if (state.alive) cleanup(held);
      });
    }
  };
}

function translate(error: unknown, home: Instance): unknown {
  if (error instanceof BpfcError) return error;
  if (isCoded(error)) {
    return new BpfcError(error.code, error.message, { at: error.at, value: error.value, cause: error });
  }
  // Besides RuntimeError (unreachable, out of memory, out of bounds) a stack overflow inside WebAssembly
  // arrives as a RangeError, or InternalError in Firefox. Either way the instance stopped half-way.
  retire(home);
  return new BpfcError(
    CoreCode.trap,
    `the WebAssembly instance stopped (${String(error)}): most often this input needs more memory than there is; handles made before are gone`,
    { cause: error },
  );
}

interface Coded {
  code: string;
  message: string;
  at?: number;
  value?: number | string;
}

function isCoded(error: unknown): error is Coded {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    typeof error.code === 'string' &&
    'message' in error &&
    typeof error.message === 'string'
  );
}
