/** What the questions know of the host. */
import type { Host } from '../host/host.ts';
import type { HostFacts } from '../plan/facts.ts';
import type { QuestionFacts } from '../questions/question.ts';
import { readLastAnswers } from './last-answers.ts';

export function questionFacts(host: Host, facts: HostFacts): QuestionFacts {
  const lastRun = readLastAnswers(host, facts.platform);
  return {
    release: facts.release.title,
    offered: facts.milters
      .filter(({ setup }) => setup !== undefined)
      .map(({ milter, installed, detected }) => ({
        name: milter.name,
        title: milter.summary,
        summary: milter.summary,
        aliases: [milter.short],
        installed,
        enabled: detected?.enabled === true,
      })),
    ...(facts.postfix.defaultProcessLimit !== undefined && {
      smtpConnections: facts.postfix.defaultProcessLimit,
    }),
    ...(facts.names.domain !== undefined && { mailDomain: facts.names.domain }),
    signsAlready: facts.milters.some(({ setup }) => setup?.keepsKeys === true),
    ...(lastRun && { lastRun }),
  };
}
