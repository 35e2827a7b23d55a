import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
  type VirtualizerOptions,
} from '@tanstack/virtual-core';
import type { RefObject } from 'preact';
import { useLayoutEffect, useMemo, useReducer } from 'preact/hooks';

type Options = Omit<
  VirtualizerOptions<HTMLDivElement, HTMLDivElement>,
  | 'getScrollElement'
  | 'observeElementRect'
  | 'observeElementOffset'
  | 'scrollToFn'
  | 'onChange'
  | 'estimateSize'
> & {
  /** Pixels, of each. */
  size: number;
};

/** Which items of an element that scrolls are in sight; the component is drawn again when they are others. */
export function useVirtualizer(
  scroller: RefObject<HTMLDivElement | null>,
  { size, ...given }: Options,
): Virtualizer<HTMLDivElement, HTMLDivElement> {
  const [, redraw] = useReducer((turn: number, _: undefined) => turn + 1, 0);
  const options: VirtualizerOptions<HTMLDivElement, HTMLDivElement> = {
    ...given,
    estimateSize: () => size,
    getScrollElement: () => scroller.current,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => redraw(undefined),
  };
  const virtualizer = useMemo(() => new Virtualizer(options), []);
  virtualizer.setOptions(options);
  useLayoutEffect(() => virtualizer._didMount(), [virtualizer]);
  useLayoutEffect(() => virtualizer._willUpdate());
  useLayoutEffect(() => virtualizer.measure(), [virtualizer, size]);
  return virtualizer;
}
