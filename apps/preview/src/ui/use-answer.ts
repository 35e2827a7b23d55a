// What the engine answers, in a component.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type Failure, failureOf } from '../engine/failure.js';

export interface Answer<T> {
  /** Of the last question that was answered; it stays while a new one waits. */
  value: T | undefined;
  failure: Failure | undefined;
  /** A question is being answered. */
  pending: boolean;
}

/**
 * Asks whenever one of `asked` is another; nothing where `ask` is undefined. Answers to questions that were given up are dropped.
 */
export function useAnswer<T>(ask: (() => Promise<T>) | undefined, asked: readonly unknown[]): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T>>({ value: undefined, failure: undefined, pending: true });
  const turn = useRef(0);
  // Before the browser paints: the answer to a keystroke comes a frame sooner.
  useLayoutEffect(() => {
    const mine = ++turn.current;
    const settle = (settled: Partial<Answer<T>>) => {
      if (mine === turn.current)
        setAnswer((before) => ({ ...before, pending: false, failure: undefined, ...settled }));
    };
    if (!ask) {
      settle({ value: undefined });
      return;
    }
    setAnswer((before) => ({ ...before, pending: true }));
    ask().then(
      (value) => settle({ value }),
      (error) => settle({ value: undefined, failure: failureOf(error) }),
    );
  }, asked);
  useEffect(() => () => void turn.current++, []);
  return answer;
}
