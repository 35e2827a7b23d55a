/** Pixels of 1rem: what is laid out by number grows with the reader's text. */
export function rem(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
}
