import type { RelocationVerdict } from '@bpfc/core/slim';
import type { ComponentChildren } from 'preact';
import { symbolOf } from './verdicts.js';

/** A verdict: symbol, word and color; `children` stand behind the word. */
export function Verdict({ verdict, children }: { verdict: RelocationVerdict; children?: ComponentChildren }) {
  return (
    <span class={`tag ${verdict}`}>
      <span aria-hidden="true">{symbolOf(verdict)}</span> {verdict} {children}
    </span>
  );
}
