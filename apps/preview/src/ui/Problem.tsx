import type { ComponentChildren } from 'preact';
import { type Failure, PageCode } from '../engine/failure.js';
import { visible } from './visible.js';

/** An error: what, where, and its code to look up. */
export function Problem({ failure, children }: { failure: Failure; children?: ComponentChildren }) {
  const { code, message, at } = failure;
  return (
    <div class="problem" role="alert">
      <code class="code">{code}</code>
      <p>
        {visible(message)}
        {at !== undefined && !message.includes(String(at)) && ` (byte ${at})`}
        {code === PageCode.internal && ' This is a defect of the page; the open files are untouched.'}
      </p>
      {children}
    </div>
  );
}
