import { Copy } from './Copy.js';

/** Digits of a hash that are shown: enough for people to tell some thousand apart. */
const DIGITS = 12;

/** The beginning of a hash, in hexadecimal. */
export function shortened(hash: string): string {
  return hash.slice(0, DIGITS);
}

/** A hash in short, with the whole of it to be read and copied. */
export function Sha256({ of, what }: { of: string; what: string }) {
  return (
    <span class="sha256">
      SHA-256 <code title={of}>{shortened(of)}</code>{' '}
      <Copy key={of} text={of} what={`the SHA-256 of ${what}`} />
    </span>
  );
}
