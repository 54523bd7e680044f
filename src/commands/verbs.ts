/** The verbs: help, completion and the program's parser come from this table. */
import type { QuestionKey } from '../questions/questions.ts';
import { MAIL_OPTIONS } from './mails/mail-options.ts';
import { TOPICS } from './help/topics.ts';
import { SETTINGS_QUESTIONS, SETUP_QUESTIONS } from './verb-questions.ts';

import type { VerbOption } from './verb-option.ts';

/** Empty for the wizard, which is what runs without a verb. */
export type VerbName =
  | ''
  | 'add'
  | 'enable'
  | 'disable'
  | 'remove'
  | 'plan'
  | 'status'
  | 'check'
  | 'doctor'
  | 'log'
  | 'explain'
  | 'report'
  | 'metrics'
  | 'undo'
  | 'demo'
  | 'completion'
  | 'help';

export interface Verb {
  readonly name: VerbName;
  /** As commander reads them: `[milter...]`, `<milter...>`. */
  readonly arguments?: string;
  /** What completion offers for the arguments. */
  readonly completes?: 'milters' | readonly string[];
  /** One line. */
  readonly summary: string;
  /** Paragraphs for `--help`. */
  readonly help: string;
  readonly examples: readonly string[];
  /** The questions whose flags it takes. */
  readonly questions: readonly QuestionKey[];
  readonly options: readonly VerbOption[];
  /** Whether it changes the host (and so needs root on a real one). */
  readonly changesHost: boolean;
}

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

const UNDO_OPTIONS: readonly VerbOption[] = [
  { flags: '--list', summary: 'list the runs that can be undone, newest first' },
  { flags: '--to <id>', summary: 'undo this run and everything after it' },
  { flags: '--packages', summary: 'also remove the packages that the run installed' },
];

export const WIZARD: Verb = {
  name: '',
  summary: 'set up mail filtering, or show what is there and change it',
  help:
    'On a fresh host: detects the system, asks which milters shall filter the mail, shows the plan on ' +
    'half a screen, with every diff and command at a key, applies it, and proves with test mails that mail is ' +
    'filtered.\n\n' +
    'On a host that is set up: shows each milter with installed, enabled, running and socket, and offers ' +
    'to add, enable or disable one, to change an answer, to put back what drifted since the last run, and ' +
    'to undo that.',
  examples: [
    'milter-setup',
    'milter-setup --dry-run',
    'milter-setup --yes',
    'milter-setup --milters greylist,clamav --default-action tempfail --yes',
  ],
  questions: SETUP_QUESTIONS,
  options: [],
  changesHost: true,
};

export const VERBS: readonly Verb[] = [
  {
    name: 'add',
    arguments: '[milter...]',
    completes: 'milters',
    summary: 'install and set up milters that were left out',
    help: 'Without a name it asks which. Milters that are set up already stay as they are.',
    examples: ['milter-setup add', 'milter-setup add spamass --yes'],
    questions: SETTINGS_QUESTIONS,
    options: [],
    changesHost: true,
  },
  {
    name: 'enable',
    arguments: '<milter...>',
    completes: 'milters',
    summary: 'start milters again that were disabled',
    help:
      'Sets the enable flag, starts the service, reloads the milter manager, and proves that the milter ' +
      'answers. main.cf is not touched.',
    examples: ['milter-setup enable milter-greylist'],
    questions: [],
    options: [],
    changesHost: true,
  },
  {
    name: 'disable',
    arguments: '<milter...>',
    completes: 'milters',
    summary: 'stop milters and keep them installed',
    help:
      'Stops the service, clears its enable flag, reloads the milter manager, and proves that mail still ' +
      'passes through the others. main.cf is not touched.',
    examples: ['milter-setup disable milter-greylist'],
    questions: [],
    options: [],
    changesHost: true,
  },
  {
    name: 'remove',
    arguments: '<milter...>',
    completes: 'milters',
    summary: 'disable milters and remove their packages',
    help: "The milter's own package goes; what others may use (spamd, clamd) and its configuration files stay.",
    examples: ['milter-setup remove spamass'],
    questions: [],
    options: [],
    changesHost: true,
  },
  {
    name: 'plan',
    summary: 'show what would be done, with unified diffs and commands; change nothing',
    help:
      'The same as --dry-run. Needs no root and no network. Exit code 3 where changes are pending, 0 where ' +
      'there is nothing to do.',
    examples: [
      'milter-setup plan',
      'milter-setup plan --root /srv/jails/mail --yes',
      'milter-setup plan --json',
    ],
    questions: SETUP_QUESTIONS,
    options: [],
    changesHost: false,
  },
  {
    name: 'status',
    summary:
      'show Postfix, the manager and each milter: what runs, who gets through, the last verdicts',
    help:
      'Installed with its version, enabled, running, the socket, and whether those who need it get through: ' +
      "the milter manager's user to each milter, and Postfix's user to the manager, where Postfix looks for it " +
      'in its chroot. That is tried as that user, by a handshake without a mail; it needs root. Then what each ' +
      'milter did last, as the running manager tells it.\n\n' +
      'Reads only. Exit code 0, or 3 where something that is enabled does not run or cannot be reached, or ' +
      'where Postfix does not ask the manager. What cannot be seen is "?"; on a tree (--root) that is no failure.',
    examples: ['milter-setup status', 'milter-setup status --json'],
    questions: [],
    options: [],
    changesHost: false,
  },
  {
    name: 'check',
    summary: 'prove with test mails that every milter and the manager answer',
    help:
      'Plays a mail through each enabled milter and through the milter manager, as Postfix would, and says who ' +
      'decided. Without --mail nothing is sent or delivered. A manager that lets mail pass because none of its ' +
      'milters can be asked is a failure.\n\n' +
      'With --mail it also sends three mails (clean, EICAR, GTUBE) to each SMTP service of Postfix, and shows the ' +
      'reply to each, what each milter said of it, and the headers that were added, as the manager tells. One that ' +
      'Postfix takes and the manager has not heard of is a failure, and so is a clean one that is refused. They go to ' +
      "Postfix's own double_bounce_sender at [127.0.0.1]: it takes that address whatever recipients there are, and " +
      'throws its mail away before any delivery. Nothing of the configuration is changed, so nothing has to be put ' +
      'back. Where always_bcc or an alias table would give somebody a copy, nothing is sent. Mail of this host is ' +
      'not greylisted, and milters with the condition Remote Network are not asked about it.\n\n' +
      'Ends with "status: pass" and exit code 0; "fail" and 1 where a milter did not answer, or a mail was not ' +
      'treated as it should; "incomplete" and 3 where something has to wait (no virus signatures).',
    examples: ['milter-setup check', 'milter-setup check --mail'],
    questions: [],
    options: [
      {
        flags: '--mail',
        summary: 'also send test mails through Postfix, to where nothing is delivered',
      },
      { flags: '--to <address>', summary: 'with --mail: send them to this mailbox instead' },
    ],
    changesHost: false,
  },
  {
    name: 'doctor',
    summary: 'look for the known causes of trouble, each with the command that repairs it',
    help:
      'Looks for what fails in the field: sockets and groups, the chroot, order, services, timeouts, signatures, ' +
      'main.cf and master.cf, packages, disks, and what changed since the last run. Each finding has what was seen ' +
      'and the commands that repair it. As root it tries each socket as the user who connects; what is skipped was ' +
      'not looked at. Exit code 3 where there is an error, 0 with warnings alone.\n\n' +
      'With --fix it shows what it would change, asks, and repairs: all that it can, or what one check has found. ' +
      'milter-setup undo takes it back. Commands to look with, and other verbs, are left to you.',
    examples: [
      'milter-setup doctor',
      'milter-setup doctor --fix',
      'milter-setup doctor --fix order --dry-run',
    ],
    questions: [],
    options: [
      { flags: '--fix [check]', summary: 'repair what was found, by all checks or by one' },
    ],
    changesHost: false,
  },
  {
    name: 'log',
    summary: 'list recent messages: verdict, sender, recipient, and which milter decided',
    help:
      'Reads the messages that the milter manager has kept (the last few thousand, newest last). Messages that ' +
      'were accepted while a milter was down are marked as unfiltered.',
    examples: [
      'milter-setup log',
      'milter-setup log --status reject --since 2h',
      'milter-setup log --follow --to postmaster@example.org',
    ],
    questions: [],
    options: [
      { flags: '-f, --follow', summary: 'print new messages as they come' },
      ...MAIL_OPTIONS,
    ],
    changesHost: false,
  },
  {
    name: 'explain',
    arguments: '[id]',
    summary: 'explain what happened to one message, and which milter decided',
    help:
      'Takes a queue id, a Message-ID, or a sender, recipient or client. Shows each try of the message: who was ' +
      'not asked and by which condition, what each milter replied and how long it took, and whose fallback counted.',
    examples: [
      'milter-setup explain 4XyZ1234',
      'milter-setup explain --from alice@example.net --to bob@example.org',
    ],
    questions: [],
    options: MAIL_OPTIONS,
    changesHost: false,
  },
  {
    name: 'report',
    summary: 'count messages, verdicts, failures and latencies of each milter',
    help:
      'Adds up the history that the milter manager keeps: minutes of 2 days, ten minutes of 14, hours of 92, days ' +
      'of 400. What needs attention comes first: messages that were accepted while a milter was down.',
    examples: [
      'milter-setup report',
      'milter-setup report --since 24h',
      'milter-setup report --json',
    ],
    questions: [],
    options: [{ flags: '--since <time>', summary: 'how far back: 90m, 24h, 7d (default)' }],
    changesHost: false,
  },
  {
    name: 'metrics',
    summary:
      'print the metrics of the milter manager for Prometheus, and rules and a dashboard for them',
    help:
      "Reads them from the manager's private socket. For the textfile collector of node_exporter, run it from a " +
      'timer and rename the output into its directory. To have Prometheus fetch them, set metrics = ' +
      'inet:PORT@127.0.0.1 in milter-manager.ini; every local user can read them then.',
    examples: [
      'milter-setup metrics',
      'milter-setup metrics --alerts',
      'milter-setup metrics --grafana',
    ],
    questions: [],
    options: [
      { flags: '--alerts', summary: 'print alert rules for Prometheus' },
      { flags: '--grafana', summary: 'print a dashboard for Grafana' },
    ],
    changesHost: false,
  },
  {
    name: 'undo',
    summary: 'take back the last run',
    help:
      'Works from the journal alone: without network, and with Postfix broken. A file that somebody changed ' +
      'since is shown and kept.',
    examples: [
      'milter-setup undo --list',
      'milter-setup undo --dry-run',
      'milter-setup undo',
      'milter-setup undo --to 20260131T101500.042Z-add',
    ],
    questions: [],
    options: UNDO_OPTIONS,
    changesHost: true,
  },
  {
    name: 'demo',
    summary: 'try it without a mail host: no root, nothing of this machine is changed',
    help:
      'Builds a private host tree, shows and applies the plan there, starts the milter manager with three ' +
      'demo milters, and plays mails: clean, a virus, spam, and an unknown sender who comes back.',
    examples: ['milter-setup demo', 'milter-setup demo --keep'],
    questions: [],
    options: [{ flags: '--keep', summary: 'leave the tree in place and print where it is' }],
    changesHost: false,
  },
  {
    name: 'completion',
    arguments: '<shell>',
    completes: SHELLS,
    summary: 'print the completion script for bash, zsh or fish',
    help:
      'The script completes milter-setup, milter-manager and milter-test-server. For bash it belongs into ' +
      '/etc/bash_completion.d/milter-setup, for fish into /etc/fish/conf.d/milter-setup.fish, for zsh into ' +
      '_milter-setup in a directory of fpath.',
    examples: ['milter-setup completion bash', 'milter-setup completion fish'],
    questions: [],
    options: [],
    changesHost: false,
  },
  {
    name: 'help',
    arguments: '[topic]',
    completes: TOPICS.map(({ name }) => name),
    summary: 'explain a verb or a topic; --help lists both',
    help: `Topics: ${TOPICS.map(({ name }) => name).join(', ')}.`,
    examples: ['milter-setup help add', 'milter-setup help exit-codes'],
    questions: [],
    options: [],
    changesHost: false,
  },
];
