// Names come from files that anybody may have made.

/**
 * Control characters, marks that turn the direction of writing, what has no width, private and unassigned characters, and
 * every blank but the plain one.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

/** The text with characters that nobody sees, or that change how others look, by their number: `a\u{202e}b`. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
