// From whatever a program has at hand to a compiled module, and where the one in use comes from.
import { type Bytes, toBytes } from './bytes.js';
import { BpfcError, CoreCode } from './error.js';

/** `WebAssembly.Module`, also where TypeScript is not told about browsers (no `DOM` in `lib`). */
export type WasmModule = typeof globalThis extends { WebAssembly: { Module: { prototype: infer M } } }
  ? M
  : object;

let provideModule: (() => WasmModule) | undefined;

/** Says where the module comes from; asked once for each instance. */
export function setModule(provide: () => WasmModule): void {
  provideModule = provide;
}

/** The module that was said, compiled if need be; undefined before {@link setModule}. */
export function configuredModule(): WasmModule | undefined {
  return provideModule?.();
}

/** A compiled module, its bytes, or the answer of a `fetch` for it. */
export type ModuleSource = WasmModule | Bytes | Response;

/** @throws BpfcError `CORE_LOAD`: not to be had, or not a WebAssembly module */
export async function loadModule(source: ModuleSource | Promise<ModuleSource>): Promise<WasmModule> {
  try {
    const given = await source;
    if (given instanceof WebAssembly.Module) return given;
    if (given instanceof Response) {
      if (!given.ok) throw new Error(`${given.url} answered ${given.status} ${given.statusText}`);
      // Not compileStreaming: it insists on `Content-Type: application/wasm`, which many servers do not send.
      return await WebAssembly.compile(await given.arrayBuffer());
    }
    return await WebAssembly.compile(toBytes(given as Bytes) as BufferSource);
  } catch (error) {
    throw loadError(error);
  }
}

/** {@link loadModule} for what needs no waiting. Browsers refuse to compile more than 4 KB on their main thread. */
export function loadModuleSync(source: WasmModule | Bytes): WasmModule {
  try {
    return source instanceof WebAssembly.Module
      ? source
      : new WebAssembly.Module(toBytes(source as Bytes) as BufferSource);
  } catch (error) {
    throw loadError(error);
  }
}

function loadError(cause: unknown): BpfcError {
  return cause instanceof BpfcError
    ? cause
    : new BpfcError(CoreCode.load, `cannot load the WebAssembly module: ${String(cause)}`, { cause });
}
