// Errors as the page shows them. They cross from a Worker as data: a structured clone keeps an error's text alone.
import { transferHandlers } from 'comlink';

/** What went wrong, in bpfc's terms. */
export interface Failure {
  /** Stable; docs/errors.md explains each. */
  code: string;
  message: string;
  /** Bytes into the input. */
  at?: number | undefined;
  value?: number | string | undefined;
}

/** The codes of the page's own errors. */
export const PageCode = {
  /** The browser cannot read a file any more. */
  read: 'FILE_READ',
  /** A file that the address names cannot be had. */
  fetch: 'FILE_FETCH',
  /** A Worker of the page ended, or could not be started. */
  worker: 'PAGE_WORKER',
  /** What no rule of bpfc's refused: a defect of the page, or the browser's own refusal. */
  internal: 'INTERNAL',
} as const;

export function failureOf(error: unknown): Failure {
  if (isCoded(error)) {
    const { code, message, at, value } = error;
    return { code, message, at, value };
  }
  // A file that was moved or changed since it was picked, or one that is larger than what the browser reads at once.
  if (error instanceof DOMException && error.name === 'NotReadableError') {
    return {
      code: PageCode.read,
      message: `the browser cannot read the file any more: ${error.message}`,
    };
  }
  return { code: PageCode.internal, message: error instanceof Error ? error.message : String(error) };
}

function isCoded(error: unknown): error is Failure {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    typeof error.code === 'string' &&
    'message' in error &&
    typeof error.message === 'string'
  );
}

/** Lets {@link Failure}s pass between a Worker and the page; to be called on both sides. */
export function carryFailures(): void {
  const plain = transferHandlers.get('throw');
  if (!plain) throw new Error('comlink has no handler for what is thrown');
  transferHandlers.set('throw', {
    canHandle: (value): value is unknown => plain.canHandle(value),
    serialize: (thrown) => [failureOf((thrown as { value: unknown }).value), []],
    deserialize: (failure) => {
      throw failure;
    },
  });
}
