/** A field of a table of RFC 4180. */
export function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** With six decimals at most: more is noise. Empty where undefined. */
export function csvNumber(value: number): string {
  return Number.isNaN(value) ? "" : String(Number(value.toFixed(6)));
}
