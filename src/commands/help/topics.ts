/** What a sysadmin looks up, as data: `milter-setup help TOPIC` and the manual page are made of it. */
import { EXIT } from '../../host/setup-error.ts';
import { MILTERS } from '../../milters/milters.ts';
import { QUESTIONS } from '../../questions/questions.ts';

/** A paragraph, or terms with what they mean. */
export type Block = string | readonly (readonly [term: string, meaning: string])[];

export interface Topic {
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** In the manual page; where the page has it anyway it is not given. */
  readonly heading?: string;
  readonly blocks: readonly Block[];
}

const answers: Topic = {
  name: 'answers',
  summary: 'how to answer every question without a prompt',
  heading: 'ANSWERS',
  blocks: [
    'Every question can be answered without a prompt. What counts is the first of these that is there: the ' +
      'flag, the answers file, the environment variable, the prompt. The prompt offers the answer of the last ' +
      'run, or else the default.',
    [
      ['--yes', 'Takes those without asking, and confirms.'],
      [
        '--no-input',
        'Never asks: where an answer is missing the run stops with exit code 2 and lists all missing flags at ' +
          'once. The same holds where there is no terminal, in a CI (CI is set), and with --json.',
      ],
      [
        '--answers FILE',
        'Reads answers from a file with lines KEY = VALUE; empty lines and comments (;) count for nothing.',
      ],
      ['--save-answers FILE', 'Writes the answers in that form.'],
    ],
    QUESTIONS.map(
      ({ key, flag, placeholder, env, summary, advanced }) =>
        [
          `${flag} ${placeholder}`,
          `${summary}${advanced === true ? ' (never asked)' : ''}.\n` +
            `answers file: ${key} = ${placeholder}\nenvironment: ${env}`,
        ] as const,
    ),
    'An empty list is written none.',
  ],
};

const environment: Topic = {
  name: 'environment',
  summary: 'the variables that it looks at',
  heading: 'ENVIRONMENT',
  blocks: [
    [
      ...QUESTIONS.map(
        ({ env, flag }) => [env, `The same as ${flag}; an empty one counts as not set.`] as const,
      ),
      ['NO_COLOR', 'Not empty: no colour. --color goes before it.'],
      ['FORCE_COLOR', 'Colour also in a pipe; 0 and false: no colour.'],
      ['TERM', 'dumb: no colour, and no line is drawn twice.'],
      [
        'LC_ALL, LC_CTYPE, LANG',
        'The first that is not empty: where it is not of UTF-8, marks are ASCII.',
      ],
      ['CI', 'Not empty: nobody is asked, and no line is drawn twice.'],
    ],
    'Commands are run with LANG=C.UTF-8, whatever yours is.',
  ],
};

const EXIT_CODES: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'Done, or there was nothing to do.',
  failed: 'Failed; what was done has been undone.',
  usage: 'Wrong usage, or an answer is missing.',
  pending:
    'Changes are pending (plan), something needs repair (status, doctor), or part of the setup has to ' +
    'wait (no virus signatures yet).',
  notUndone: 'Failed, and something could not be undone; it is listed.',
  locked: 'Another run is at work on this host.',
  notPermitted: 'Needs root.',
  cancelled: 'Cancelled (Ctrl-C); what was done has been undone.',
};

const exitCodes: Topic = {
  name: 'exit-codes',
  summary: 'what the exit code says',
  heading: 'EXIT STATUS',
  blocks: [
    Object.entries(EXIT).map(
      ([name, code]) => [String(code), EXIT_CODES[name as keyof typeof EXIT]] as const,
    ),
  ],
};

const files: Topic = {
  name: 'files',
  summary: 'what is written where',
  heading: 'FILES',
  blocks: [
    'Files of other programs are those of the templates, edited in place: only the settings that it owns change, ' +
      'every other byte stays. milter-setup --dry-run shows each as a unified diff. Its own are:',
    [
      [
        '/usr/local/sbin/milter-manager, /usr/local/bin/milter-test-server',
        'Self-contained copies of the two programs (below /usr on CentOS 6); they need nothing but Node.js.',
      ],
      ['/usr/local/share/man', 'Their manual pages, in man8 and man1.'],
      [
        '/etc/milter-manager/milter-manager.ini',
        "The milter manager's configuration (on FreeBSD below /usr/local/etc), beside a service definition: " +
          'systemd unit, init script or rc.d script.',
      ],
      [
        '/var/lib/milter-setup (on FreeBSD /var/db/milter-setup)',
        'The journal of each run with the files as they were before, for milter-setup undo; and the last ' +
          'answers. It can be deleted; then only undo is lost.',
      ],
      ['/var/log/milter-setup', 'The logs, see milter-setup help logs.'],
    ],
    'Milters that Postfix asks already keep their settings, sockets and keys (--keep-settings): the manager takes ' +
      'their place in main.cf. A C milter-manager is replaced only with --take-over yes; its files stay, and ours ' +
      'beside it are called milter-setup-manager, in /etc/milter-setup.',
  ],
};

const logs: Topic = {
  name: 'logs',
  summary: 'where to read what a run did, and what the manager does',
  heading: 'LOGS',
  blocks: [
    'Every run that changes the host keeps a log, /var/log/milter-setup/TIME.log, that only root can read: what was ' +
      'typed and by whom, the plan with its diffs, each step, every command with its time, exit code and whole ' +
      'output, and what was undone. Passwords are hidden. A run that fails prints where its log is; ' +
      '--log FILE says where it goes instead (it is added to what is there), also for a run that only looks. ' +
      'With --root the log lies beside the journal in the tree. Old logs may be deleted.',
    'The milter manager writes a line for each mail to syslog (facility mail), so they are in the log of the mail ' +
      'system: the queue id, the verdict, and what each milter said and how long it took.',
  ],
};

const milters: Topic = {
  name: 'milters',
  summary: 'which milters can be set up',
  heading: 'MILTERS',
  blocks: [
    'Each may be named by either name. Which of them can be had depends on the system and its package ' +
      'repositories; milter-setup plan says why one is not offered.',
    MILTERS.map(
      ({ name, short, summary }) => [name === short ? name : `${name}, ${short}`, summary] as const,
    ),
  ],
};

const templates: Topic = {
  name: 'templates',
  summary: 'how to change the settings that are written',
  heading: 'TEMPLATES',
  blocks: [
    "The settings are in the directory templates of the package, by platform and by the file's path on the host, in " +
      "that file's own syntax and with comments that say why. find templates is the list of files that may be " +
      'touched.',
    'To have others, make a directory with files of the same names, as few as you like, and give it with ' +
      '--templates DIR: each takes the place of ours. {{name}} stands for a value that the run knows; ' +
      'an unknown one is an error.',
  ],
};

const undo: Topic = {
  name: 'undo',
  summary: 'how to take runs back',
  blocks: [
    'milter-setup undo takes back the last run, in reverse order, from the journal alone: it needs no network, and ' +
      'works with Postfix broken and after a crash or kill -9. Installed packages stay, unless --packages is given. ' +
      'A Postfix that the run installed stays, too, stopped and not started at boot.',
    [
      ['milter-setup undo --list', 'shows the runs, newest first.'],
      ['milter-setup undo --dry-run', 'shows what would be put back.'],
      ['milter-setup undo --to ID', 'takes back that run and all after it.'],
    ],
    'A file that somebody changed since is shown, and nothing is undone; with --force it is put back all the same, ' +
      'and what was there is saved beside it.',
    'A run that fails or is stopped with Ctrl-C undoes itself.',
  ],
};

export const TOPICS: readonly Topic[] = [
  answers,
  environment,
  exitCodes,
  files,
  logs,
  milters,
  templates,
  undo,
];
