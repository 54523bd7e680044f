/** Which editor goes with which format. */

import { clamav } from './clamav.ts';
import { EditError, type Editor, type Format } from './format.ts';
import { greylist } from './greylist.ts';
import { ini } from './ini.ts';
import { keyValue } from './key-value.ts';
import { mainCf } from './main-cf.ts';
import { shell } from './shell.ts';
import { spamassassin } from './spamassassin.ts';
import { ucl } from './ucl.ts';
import { whole } from './whole.ts';

const EDITORS: Readonly<Record<Format, Editor>> = {
  'main.cf': mainCf,
  greylist,
  clamav,
  shell,
  spamassassin,
  'key-value': keyValue,
  ini,
  ucl,
  whole,
};

export function editorFor(format: Format): Editor {
  return EDITORS[format];
}

/** The value of a key for who only wants to know: undefined also where the file does not parse. */
export function readSetting(format: Format, text: string, key: string): string | undefined {
  try {
    return editorFor(format).read(text, key);
  } catch (error) {
    if (!(error instanceof EditError)) throw error;
    return undefined;
  }
}
