/** Gathers what one turn of the event loop has to say into one write: each would wake its reader, and cost a call. */
export class Batch {
  private text = '';

  constructor(private readonly flush: (text: string) => void) {}

  add(line: string): void {
    if (this.text === '') setImmediate(() => this.flushNow());
    this.text += line;
  }

  flushNow(): void {
    const { text } = this;
    this.text = '';
    if (text !== '') this.flush(text);
  }
}
