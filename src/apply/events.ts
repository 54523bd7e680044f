/** What a run tells while it works, so that somebody can show it. */
import type { Change } from '../change/change.ts';

export type ApplyEvent =
  | { readonly kind: 'started'; readonly change: Change }
  /** A piece of a command's output, cut anywhere. */
  | { readonly kind: 'output'; readonly change: Change; readonly text: string }
  | { readonly kind: 'done'; readonly change: Change }
  /** Not done now, or left as it is by an undo, and why. */
  | { readonly kind: 'skipped'; readonly change: Change; readonly reason: string }
  | { readonly kind: 'warned'; readonly change: Change; readonly message: string }
  | { readonly kind: 'failed'; readonly change: Change; readonly message: string }
  | { readonly kind: 'undoing'; readonly change: Change }
  | { readonly kind: 'undone'; readonly change: Change }
  | { readonly kind: 'not-undone'; readonly change: Change; readonly reason: string };

export type ApplyListener = (event: ApplyEvent) => void;
