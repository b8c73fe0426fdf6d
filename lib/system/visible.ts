/**
 * A name as it may be printed: control characters, which can move the cursor, rewrite lines or turn the reading direction on a terminal, become
 * visible escapes. Names of files, tensors and hub entries are somebody else's text.
 */
export function visible(name: string): string {
  return name.replace(control, escaped);
}

/** The same for text of our own that holds such names; its line breaks stay. */
export function visibleText(text: string): string {
  return text.replace(control, (character) => (character === "\n" ? character : escaped(character)));
}

// C0 and C1 controls, DEL, line and paragraph separators, and the marks that turn the direction of text.
const control = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

function escaped(character: string): string {
  const short = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }[character];
  const code = character.charCodeAt(0).toString(16);
  return short ?? (code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`);
}
