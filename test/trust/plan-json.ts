/** A plan as `--json` prints it, as far as tests look at it. */

export interface ShownChange {
  readonly kind: string;
  readonly phase: string;
  readonly title: string;
  readonly why: string;
  readonly path?: string;
  readonly mode?: string;
  readonly diff?: string;
  readonly summary?: string;
  readonly comesWith?: string;
  readonly commands?: readonly { readonly argv: readonly string[] }[];
  readonly undo?: readonly { readonly argv: readonly string[] }[];
}

export function changesOf(json: string): readonly ShownChange[] {
  return (JSON.parse(json) as { readonly changes: readonly ShownChange[] }).changes;
}
