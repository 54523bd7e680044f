/** `milter-setup help TOPIC`: what a sysadmin looks up. The help of a verb is the parser's. */
import { EXIT, SetupError } from '../host/setup-error.ts';
import { nearest } from '../questions/nearest.ts';
import { QUESTIONS } from '../questions/questions.ts';
import { wrap } from '../ui/wrap.ts';
import type { RunCommand } from './command.ts';
import { HELP_TOPICS, VERBS } from './verbs.ts';

type Topic = (typeof HELP_TOPICS)[number];

/** Described in the order of their numbers. */
const EXIT_CODES: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'Done, or there was nothing to do.',
  failed: 'Failed; what was done has been undone.',
  usage: 'Wrong usage, or an answer is missing.',
  pending:
    'Changes are pending (plan), something needs repair (doctor, check), or part of the setup has to ' +
    'wait (no virus signatures yet).',
  notUndone: 'Failed, and something could not be undone; it is listed.',
  locked: 'Another run is at work on this host.',
  notPermitted: 'Needs root.',
  cancelled: 'Cancelled (Ctrl-C); what was done has been undone.',
};

export const run: RunCommand = ({ arguments: [topic = ''], ui }) => {
  if (!isTopic(topic)) {
    const meant = nearest(topic, [...HELP_TOPICS, ...VERBS.map(({ name }) => name)]);
    throw new SetupError({
      code: 'usage',
      message: `no help on "${topic}"`,
      hint:
        meant === undefined
          ? `topics: ${HELP_TOPICS.join(', ')}, or a verb`
          : `did you mean ${meant}?`,
      exitCode: EXIT.usage,
    });
  }
  ui.print(helpTopic(topic), helpTopic(topic));
  return Promise.resolve(EXIT.ok);
};

export function helpTopic(topic: Topic): string {
  switch (topic) {
    case 'exit-codes':
      return exitCodes();
    case 'answers':
      return answers();
    case 'files':
      return FILES;
  }
}

function isTopic(word: string): word is Topic {
  return (HELP_TOPICS as readonly string[]).includes(word);
}

function exitCodes(): string {
  const lines = Object.entries(EXIT).map(
    ([name, code]) =>
      String(code).padStart(5) +
      wrap(EXIT_CODES[name as keyof typeof EXIT], 80, ' '.repeat(7)).slice(5),
  );
  return `Exit codes of milter-setup:\n\n${lines.join('\n')}\n`;
}

function answers(): string {
  const entries = QUESTIONS.map(
    ({ key, flag, placeholder, env, summary, advanced }) =>
      `  ${flag} ${placeholder}\n      ${summary}${advanced === true ? ' (never asked)' : ''}\n` +
      `      answers file: ${key} = ${placeholder}\n      environment: ${env}\n`,
  );
  return `Every question can be answered without a prompt. What counts, the first one that is there:
the flag, the answers file (--answers FILE), the environment variable, the prompt.
The prompt offers the last run's answer, or else the default.

  --yes        takes those without asking, and confirms.
  --no-input   never asks: an answer that was never given stops the run with exit code 2, and all
               missing flags are listed at once. The same holds where there is no terminal.
  --save-answers FILE
               writes the answers in the form that --answers reads.

${entries.join('\n')}`;
}

const FILES = `What milter-setup touches on a host:

  The files that it edits are those of its templates, in place: only the settings that it owns change,
  every other byte stays. Look first: milter-setup --dry-run shows each as a unified diff.

  The milter manager is copied to the host as one self-contained file, with a service definition
  (systemd unit, init script or rc.d script) and its own directory for milter-manager.ini.

  Milters that Postfix asks already keep their settings, sockets and keys (--keep-settings): the manager
  takes their place in main.cf. A C milter-manager is replaced only with --take-over yes; its files stay,
  and ours beside it are called milter-setup-manager, in /etc/milter-setup.

  A journal of each run, with the files as they were before, is kept in the state directory
  (/var/lib/milter-setup, on FreeBSD /var/db/milter-setup). It serves milter-setup undo, and holds the
  last answers. It can be deleted; then only undo is lost.

  Settings of your own that override ours: --templates DIR, with files of the same names.
`;
