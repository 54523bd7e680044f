/** What one way of showing steps offers: a spinner, or lines. */

/** How a step ended; as it should where nothing is said. */
export type Ending = 'done' | 'skipped' | 'failed';

/** What one way of showing steps must offer: a step at a time, and lines between them. */
export interface StepDisplay {
  begin(title: string): void;
  output(text: string): void;
  /** Ends the step that was begun, or stands for one that never was. */
  end(mark: string, text: string, how?: Ending): void;
  line(text: string): void;
  finish(): Promise<void>;
}
