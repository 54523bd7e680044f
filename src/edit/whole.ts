/** Files that are wholly ours, such as service definitions: the template is the file. */

import { guardText } from './text.ts';
import type { Edited, Editor, Settings } from './format.ts';

export const whole: Editor = {
  merge(text: string, settings: Settings): Edited {
    guardText(text);
    return { text: settings.text, notes: [] };
  },

  /** Such a file has no syntax that is known here. */
  read(): undefined {
    return undefined;
  },
};
