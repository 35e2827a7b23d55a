import { useEffect, useState } from 'preact/hooks';

/** Below this width rows of lists have two lines; the style sheets know it too. */
const NARROW = matchMedia('(max-width: 40rem)');

export function useNarrow(): boolean {
  const [narrow, setNarrow] = useState(NARROW.matches);
  useEffect(() => {
    const hear = () => setNarrow(NARROW.matches);
    NARROW.addEventListener('change', hear);
    return () => NARROW.removeEventListener('change', hear);
  }, []);
  return narrow;
}
