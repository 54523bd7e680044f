/** Which editor goes with which format. */

import { clamav } from './clamav.ts';
import type { Editor, Format } from './format.ts';
import { greylist } from './greylist.ts';
import { ini } from './ini.ts';
import { keyValue } from './key-value.ts';
import { mainCf } from './main-cf.ts';
import { shell } from './shell.ts';
import { spamassassin } from './spamassassin.ts';
import { whole } from './whole.ts';

const EDITORS: Readonly<Record<Format, Editor>> = {
  'main.cf': mainCf,
  greylist,
  clamav,
  shell,
  spamassassin,
  'key-value': keyValue,
  ini,
  whole,
};

export function editorFor(format: Format): Editor {
  return EDITORS[format];
}
