// The worker's side of the pool, wherever the worker runs.
import type { Bytes } from '../bytes.js';
import { CoreCode } from '../error.js';
import { initSync } from '../slim.js';
import type { Answer, Problem, Request } from './messages.js';
import { TrimSession } from './session.js';

export interface WorkerPlatform {
  /** The bytes of a kernel in the form in which it was sent. Throws what the system says where there are none. */
  read(kernel: unknown): Bytes;
  post(answer: Answer, transfer: ArrayBuffer[]): void;
}

/** Makes what a worker calls with each message it gets. */
export function serve({ read, post }: WorkerPlatform): (request: Request) => void {
  let session = new TrimSession({ objects: [], compat: false });

  const answerTo = (kernel: unknown, modules: readonly unknown[]): Answer => {
    const bytes: Bytes[] = [];
    for (const input of [kernel, ...modules]) {
      try {
        bytes.push(read(input));
      } catch (error) {
        return { trimmed: null, problem: unreadable(error, bytes.length) };
      }
    }
    const [own, ...others] = bytes as [Bytes, ...Bytes[]];
    return session.trim(own, others);
  };

  return ({ module, task, kernel, modules = [] }) => {
    if (module) initSync(module);
    if (task) {
      session.free();
      session = new TrimSession(task);
    }
    if (kernel === undefined) return;
    const answer = answerTo(kernel, modules);
    post(answer, answer.trimmed ? [answer.trimmed.btf.buffer as ArrayBuffer] : []);
  };
}

/** @param position - 0 for the kernel, from 1 on its modules */
function unreadable(error: unknown, position: number): Problem {
  const { code, message = String(error) } = error as { code?: unknown; message?: string };
  return {
    code: CoreCode.kernelRead,
    message: `cannot read ${position === 0 ? 'this kernel' : `module ${position} of this kernel`}: ${message}`,
    value: position,
    cause: { code, message },
  };
}
