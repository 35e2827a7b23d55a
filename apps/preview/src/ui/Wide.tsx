import type { ComponentChildren } from 'preact';

/** A box for what may be wider than the page: it scrolls by itself. */
export function Wide({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys
    <section class="wide" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
