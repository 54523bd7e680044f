/** How prompts look: inquirer's theme from our style, so that --no-color and an ASCII locale hold there, too. */
import type { Style } from './style.ts';

const FRAMES = ['|', '/', '-', '\\'];
const KEY_NAMES: Readonly<Record<string, string>> = {
  '↑↓': 'up/down',
  '⏎': 'enter',
  '←→': 'left/right',
};

export function promptTheme(style: Style): Record<string, unknown> {
  const { paint, unicode } = style;
  const pointer = unicode ? '❯' : '>';
  return {
    prefix: { idle: paint('blue', '?'), done: paint('green', style.marks.pass) },
    spinner: { interval: 120, frames: FRAMES.map((frame) => paint('yellow', frame)) },
    icon: {
      checked: paint('green', unicode ? '◉' : '[x]'),
      unchecked: unicode ? '◯' : '[ ]',
      cursor: pointer,
    },
    style: {
      answer: (text: string) => paint('cyan', text),
      message: (text: string) => paint('bold', text),
      error: (text: string) => paint('red', `> ${text}`),
      defaultAnswer: (text: string) => paint('dim', `(${text})`),
      help: (text: string) => paint('dim', text),
      highlight: (text: string) => paint('cyan', text),
      key: (text: string) => paint('cyan', `<${text}>`),
      disabled: (text: string) => paint('dim', text),
      description: (text: string) => paint('cyan', text),
      keysHelpTip: (keys: readonly (readonly [string, string])[]) =>
        keys
          .map(
            ([key, action]) => `${paint('bold', nameOfKey(key, unicode))} ${paint('dim', action)}`,
          )
          .join(paint('dim', unicode ? ' • ' : ', ')),
    },
  };
}

function nameOfKey(key: string, unicode: boolean): string {
  return unicode ? key : (KEY_NAMES[key] ?? key);
}
