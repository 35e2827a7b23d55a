import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { count } from './numbers.js';

/** How many are shown at first, and how many more by each press. */
const STEP = 100;

/** The first of many, and a button for more: a file may name as much as it likes. */
export function Some<T>({
  of: all,
  children,
}: {
  of: readonly T[];
  children: (shown: readonly T[]) => ComponentChildren;
}) {
  const [most, setMost] = useState(STEP);
  const left = all.length - most;
  return (
    <>
      {children(left > 0 ? all.slice(0, most) : all)}
      {left > 0 && (
        <p>
          <button type="button" onClick={() => setMost(most + STEP)}>
            {count(Math.min(left, STEP))} more of {count(all.length)}
          </button>
        </p>
      )}
    </>
  );
}
