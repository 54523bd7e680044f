/** What somebody sees from one key to the next: kept as text in `test/golden/screens`, and read by people. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { sit, type Session, type SessionSetup } from './session.ts';

export interface Film {
  readonly session: Session;
  /** Waits for the text, keeps the screen, and types. */
  then(sees: string, keys: Keys): Promise<void>;
  /** Waits for the end and keeps the last screen. @returns the exit code */
  ends(): Promise<number>;
  /** Compares it with the file of that name; with UPDATE_GOLDEN=1 it is written. */
  expectAsKept(name: string): void;
}

/** Names of keys that somebody finds on them, or text. */
export type Keys = readonly (keyof typeof KEYS | { readonly text: string })[];

const KEYS = {
  Enter: '\r',
  Space: ' ',
  Up: '\u001B[A',
  Down: '\u001B[B',
  'Ctrl-C': '\u0003',
  'Ctrl-D': '\u0004',
  'Ctrl-U': '\u0015',
} as const;

const SCREENS = new URL('../golden/screens/', import.meta.url).pathname;

export function film(setup: SessionSetup): Film {
  const { columns = 80, rows = 24, argv = [] } = setup;
  const session = sit(setup);
  const edge = '-'.repeat(columns);
  const scenes = [`$ ${['milter-setup', ...argv].join(' ')}    # ${columns} x ${rows}`];
  const keep = (said: string): void => {
    scenes.push(`${edge}\n${steady(session.screen.text())}\n${edge}\n${said}`);
  };
  return {
    session,
    async then(sees, keys) {
      await session.sees(sees);
      keep(
        `typed: ${keys.map((key) => (typeof key === 'string' ? key : `"${key.text}"`)).join(' ')}`,
      );
      session.type(typed(keys));
    },
    async ends() {
      const code = await session.ended();
      keep(`exit code ${code}`);
      return code;
    },
    expectAsKept(name) {
      const path = join(SCREENS, `${name}.txt`);
      const text = `${scenes.join('\n\n')}\n`;
      if (process.env['UPDATE_GOLDEN'] === '1') {
        mkdirSync(SCREENS, { recursive: true });
        writeFileSync(path, text);
      }
      expect(text).toBe(existsSync(path) ? readFileSync(path, 'utf8') : '');
    },
  };
}

/** What a terminal sends for them. */
export function typed(keys: Keys): string {
  return keys.map((key) => (typeof key === 'string' ? KEYS[key] : key.text)).join('');
}

/** Without what differs between two runs. */
function steady(screen: string): string {
  return screen
    .replace(/(elapsed-time: )\d+\.\d{3}/g, '$1N.NNN')
    .replace(/ \[\d[\d.msh]*\]$/gm, '')
    .replace(/probe-(?:[a-z0-9]\n?){8}-/g, (probe) => probe.replace(/(?<=-.*)[a-z0-9]/gs, 'N'))
    .replace(/\d{8}T\d{6}\.\d{3}Z/g, 'YYYYMMDDTHHMMSS.mmmZ');
}
