/** A text that is too long for one string, written bit by bit: its pieces as UTF-8. */
export class TextPieces {
  readonly #pieces: Uint8Array[] = [];
  #waiting: string[] = [];
  #length = 0;

  add(text: string): void {
    this.#waiting.push(text);
    this.#length += text.length;
    if (this.#length > 1 << 20) this.#flush();
  }

  /** Adds another text to the end. */
  append(other: TextPieces): void {
    this.#flush();
    this.#pieces.push(...other.finish());
  }

  /** All of it, in order. */
  finish(): Uint8Array[] {
    this.#flush();
    return this.#pieces;
  }

  #flush(): void {
    this.#pieces.push(Buffer.from(this.#waiting.join("")));
    this.#waiting = [];
    this.#length = 0;
  }
}
