/** Finds a text in bytes that arrive in pieces, wherever they are cut. */
export class TextFinder {
  private tail = Buffer.alloc(0);
  found = false;

  constructor(private readonly text: Buffer) {}

  take(chunk: Buffer): void {
    if (this.found) return;
    const bytes = Buffer.concat([this.tail, chunk]);
    this.found = bytes.includes(this.text);
    // The text's beginning may be the end of this piece.
    this.tail = bytes.subarray(Math.max(0, bytes.length - this.text.length + 1));
  }
}
