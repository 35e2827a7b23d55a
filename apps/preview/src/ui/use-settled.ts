import { useEffect, useState } from 'preact/hooks';

/** A value once it has stayed the same for so many milliseconds: for what takes too long to be drawn at each keystroke. */
export function useSettled<T>(value: T, milliseconds: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return settled;
}
