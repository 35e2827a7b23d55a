// The page's side of a Worker. comlink alone waits for ever where a Worker cannot be loaded, or ends.
import { type Remote, wrap } from 'comlink';
import { carryFailures, type Failure, failureOf, PageCode } from './failure.js';

carryFailures();

export interface Connection<T> {
  /** Calls into the Worker, which starts with the first. A call fails where the Worker does; the next one starts another. */
  ask: Remote<T>;
  /** Starts the Worker before it is needed. */
  begin(): void;
  /** Ends the Worker, in the middle of what it does: its calls fail. */
  end(): void;
}

interface Live {
  worker: Worker;
  remote: Record<string, (...values: unknown[]) => Promise<unknown>>;
  /** Rejects with the end. */
  lost: Promise<never>;
  lose: (failure: Failure) => void;
}

export function connect<T>(start: () => Worker): Connection<T> {
  let live: Live | undefined;
  const begin = (): Live => {
    live ??= starting();
    return live;
  };
  const starting = (): Live => {
    const worker = start();
    const { promise: lost, reject } = Promise.withResolvers<never>();
    // Told to whoever calls.
    lost.catch(() => {});
    const lose = (failure: Failure) => {
      if (live?.worker === worker) live = undefined;
      worker.terminate();
      reject(failure);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      const message = event.message || 'its script could not be loaded; reload the page, with a network';
      lose({ code: PageCode.worker, message: `a Worker of the page ended: ${message}` });
    };
    return { worker, remote: wrap<T>(worker) as unknown as Live['remote'], lost, lose };
  };
  const call = async (name: string, values: unknown[]) => {
    const { remote, lost, lose } = begin();
    try {
      return await Promise.race([remote[name]?.(...values), lost]);
    } catch (error) {
      const failure = failureOf(error);
      // What it could not load it does not ask for again; another Worker does.
      if (failure.code === 'CORE_LOAD') lose(failure);
      throw failure;
    }
  };
  const ask = new Proxy({} as Remote<T> & object, {
    get:
      (_, name) =>
      (...values: unknown[]) =>
        call(String(name), values),
  });
  return {
    ask,
    begin: () => void begin(),
    end: () => live?.lose({ code: PageCode.worker, message: 'it was stopped' }),
  };
}
