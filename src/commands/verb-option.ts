/** An option of one verb. */
export interface VerbOption {
  /** As commander reads it: `--to <id>`. */
  readonly flags: string;
  readonly summary: string;
}
