/** milter-test-server(1). */
import { testServerOptions } from '../commands/completion/programs.ts';
import { EXIT_CODES, EXIT_MEANINGS, THREADS_STATUS } from '../tester/exit-codes.ts';
import { optionSections, sentence } from './options.ts';
import type { Page } from './page.ts';

const SOCKET = 'unix:/var/run/milter-manager/milter-manager.sock';

export function testServerPage(): Page {
  return {
    name: 'milter-test-server',
    section: 1,
    summary: 'play a mail to a milter, as an MTA would',
    synopsis: ['-s SPEC [options]', '-s SPEC --scenario FILE'],
    sections: [
      {
        heading: 'DESCRIPTION',
        blocks: [
          'milter-test-server connects to a milter, or to milter-manager(8), says what an MTA says about a mail, and ' +
            'prints what became of it. No mail is sent or delivered. Without options the mail is a short one from ' +
            'sender@example.com to receiver@example.org.',
          'Where it cannot connect it tells why, as far as this machine knows, and what to do.',
        ],
      },
      ...optionSections(testServerOptions()),
      {
        heading: 'SCENARIOS',
        blocks: [
          "The file of --scenario holds what the MTA says and hears, a packet a line; other parties' lines and " +
            'comments (#) are read past.',
          {
            lines: [
              'MTA > MAIL <a@example.org>',
              'MTA < CONTINUE',
              'MTA > RCPT <b@example.net>',
              'MTA < REPLY 451 4.7.1 come back later',
              'wait 0.5 s',
              'MTA2 > QUIT',
            ],
          },
          'MTA2, MTA3 and so on are further sessions. CLOSE ends a connection without a word, EOF stands for its end ' +
            'by the other side, and RAW 00ff is sent as it stands. A line "MTA offers 6 actions=1ff steps=1fffff" ' +
            'says what each session negotiates before its first line.',
        ],
      },
      {
        heading: 'EXIT STATUS',
        blocks: [
          Object.entries(EXIT_CODES).map(
            ([name, code]) =>
              [String(code), sentence(EXIT_MEANINGS[name as keyof typeof EXIT_CODES])] as const,
          ),
          THREADS_STATUS,
        ],
      },
      {
        heading: 'EXAMPLES',
        blocks: [
          {
            lines: [
              `milter-test-server -s ${SOCKET}`,
              `sudo -u postfix milter-test-server -s ${SOCKET}`,
              'milter-test-server -s inet:10025@127.0.0.1 --sample eicar --expect reject',
              'milter-test-server -s /run/spamass/spamass.sock -m mail.eml --output-message',
            ],
          },
        ],
      },
    ],
    seeAlso: ['milter-setup(8)', 'milter-manager(8)', 'sudo(8)'],
  };
}
