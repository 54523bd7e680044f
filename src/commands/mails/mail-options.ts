/** How the verbs that show messages choose them. */
import type { VerbOption } from '../verb-option.ts';

/** Options of the verbs that choose messages. */
export const MAIL_OPTIONS: readonly VerbOption[] = [
  { flags: '--from <text>', summary: 'only messages whose sender contains this text' },
  { flags: '--to <text>', summary: 'only messages with a recipient that contains this text' },
  { flags: '--client <text>', summary: 'only messages whose client name or address contains this' },
  { flags: '--status <status>', summary: 'only messages with this verdict: pass, reject, ...' },
  { flags: '--milter <name>', summary: 'only messages that this milter decided or failed on' },
  { flags: '--since <time>', summary: 'how far back: 90m, 24h, 7d' },
];
