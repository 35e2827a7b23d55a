// Objects that live in WebAssembly memory, and what keeps them from being used at the wrong time.
import type { Glue } from '../wasm/glue.js';
import { BpfcError, CoreCode } from './error.js';
import { enter, type Instance, instance } from './instance.js';

/** Browsers without `Symbol.dispose` know no `using`; what bundlers make of it there asks for this other symbol. */
const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose');

/**
 * Something that lives in WebAssembly memory. Give it back with `free()`, or let `using` do so at the end of the
 * block; garbage collection frees what was forgotten, at a time of its own.
 *
 * Every use after `free()` throws `HANDLE_FREED`, and after the instance trapped `HANDLE_STALE`.
 */
export abstract class Handle {
  /** Gives the memory back. Doing so twice is fine. */
  free(): void {
    const resident = residents.get(this);
    residents.delete(this);
    if (resident?.home.alive) enter(resident.home, () => resident.raw.free());
  }

  /** What `using` calls: {@link free}. */
  [dispose](): void {
    this.free();
  }
}

interface Resident {
  readonly home: Instance;
  readonly raw: { free(): void };
}

// Beside the classes, not in them: so the public types show no trace of the bindings.
const residents = new WeakMap<Handle, Resident>();

/** Makes `handle` the owner of what `make` creates. */
export function adopt<H extends Handle>(handle: H, make: (glue: Glue) => Resident['raw']): H {
  const home = instance();
  residents.set(handle, { home, raw: enter(home, make) });
  return handle;
}

/** Calls into the object behind `handle`. `Raw` is the binding's class for it. */
export function use<Raw, T>(handle: Handle, call: (raw: Raw) => T): T {
  const { home, raw } = resident(handle);
  return enter(home, () => call(raw as Raw));
}

/** The object behind `handle`, to be passed to a call on another one. */
export function rawOf<Raw>(handle: Handle): Raw {
  return resident(handle).raw as Raw;
}

function resident(handle: Handle): Resident {
  const found = residents.get(handle);
  const name = handle?.constructor?.name ?? 'handle';
  if (!found) throw new BpfcError(CoreCode.freed, `this ${name} was freed already`);
  if (!found.home.alive) {
    throw new BpfcError(
      CoreCode.stale,
      `the WebAssembly instance this ${name} lived in stopped: make it again from its bytes`,
    );
  }
  return found;
}
