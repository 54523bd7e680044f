/** A fresh host that offers the documents' three milters and OpenDKIM. */
import type { QuestionFacts } from '../../src/questions/question.ts';

const offered = (name: string, title: string): QuestionFacts['offered'][number] => ({
  name,
  title,
  summary: `${title}.`,
  installed: false,
  enabled: false,
});

export const FRESH: QuestionFacts = {
  mailDomain: 'example.com',
  release: 'Debian GNU/Linux 13 (trixie)',
  offered: [
    offered('milter-greylist', 'greylisting'),
    offered('clamav-milter', 'virus scanning'),
    offered('spamass-milter', 'spam scoring'),
    offered('opendkim', 'DKIM signatures'),
  ],
};
