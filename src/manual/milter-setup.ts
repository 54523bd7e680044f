/** milter-setup(8), from the tables of verbs, options, questions and topics. */
import { TOPICS } from '../commands/help/topics.ts';
import { COMMON_OPTIONS, optionOf } from '../commands/completion/programs.ts';
import { VERBS, WIZARD, type Verb } from '../commands/verbs.ts';
import { QUESTIONS } from '../questions/questions.ts';
import { optionBlock, sentence } from './options.ts';
import type { Page } from './page.ts';

export function setupPage(): Page {
  return {
    name: 'milter-setup',
    section: 8,
    summary: 'set up mail filtering for Postfix with milters',
    synopsis: ['[options] [verb] [arguments]'],
    sections: [
      {
        heading: 'DESCRIPTION',
        blocks: [
          'milter-setup installs milters (greylisting, virus scanning, spam scoring, DKIM, DMARC, SPF), puts ' +
            'milter-manager(8) between them and Postfix, and proves with test mails that mail is filtered. ' +
            'Every change is shown before it is made, and can be taken back.',
          WIZARD.help,
        ],
      },
      { heading: 'VERBS', blocks: VERBS.flatMap(verbBlocks) },
      {
        heading: 'OPTIONS',
        blocks: ['They may stand before or after the verb.', optionBlock(COMMON_OPTIONS)],
      },
      ...TOPICS.map(({ heading, name, blocks }) => ({
        heading: heading ?? name.toUpperCase(),
        blocks,
      })),
      {
        heading: 'QUESTIONS',
        blocks: [
          'What the wizard asks, and what to know about it:',
          QUESTIONS.map(
            ({ flag, message, explanation }) => [flag, `${message}\n\n${explanation}`] as const,
          ),
        ],
      },
      {
        heading: 'EXAMPLES',
        blocks: [{ lines: [WIZARD, ...VERBS].flatMap(({ examples }) => examples) }],
      },
    ],
    seeAlso: ['milter-manager(8)', 'milter-test-server(1)', 'postconf(5)', 'postfix(1)'],
  };
}

function verbBlocks(verb: Verb): Page['sections'][number]['blocks'] {
  const { name, arguments: words = '', summary, help, options } = verb;
  const described = [[`${name} ${words}`.trimEnd(), `${sentence(summary)}\n\n${help}`]] as const;
  return [
    described,
    ...(options.length > 0 ? [{ nested: optionBlock(options.map(optionOf)) }] : []),
  ];
}
