/** One mail, said to one of Postfix's SMTP services: its first refusal, or what it says to the whole. */
import { SmtpSession, type SmtpReply } from '../../host/smtp-session.ts';
import { sampleMail, type SampleName } from '../../tester/samples.ts';
import type { SmtpService } from './smtp-services.ts';

export interface Envelope {
  readonly from: string;
  readonly to: string;
  /** Of the author's address, so that a milter that signs the mail of this host signs this one. */
  readonly domain: string;
}

export type Outcome =
  | {
      readonly reply: SmtpReply;
      /** What it was the reply to; the content is the last. */
      readonly at: 'the connection' | 'EHLO' | 'MAIL' | 'RCPT' | 'DATA' | 'the content';
    }
  | { readonly error: string };

/** Of smtpd's own and of the manager's patience (290 s) the longer, and some. */
const PATIENCE = 320_000;

export async function sendMail(
  { address, port, wrapped }: SmtpService,
  envelope: Envelope,
  sample: SampleName,
): Promise<Outcome> {
  let session: SmtpSession | undefined;
  try {
    const opened = await SmtpSession.open(address, port, PATIENCE, wrapped);
    session = opened.session;
    return await converse(session, opened.greeting, envelope, sample);
  } catch (error) {
    return {
      error: `${address}:${port}: ${error instanceof Error ? error.message : String(error)}`,
    };
  } finally {
    session?.close();
  }
}

async function converse(
  session: SmtpSession,
  greeting: SmtpReply,
  envelope: Envelope,
  sample: SampleName,
): Promise<Outcome> {
  if (greeting.code !== 220) return { reply: greeting, at: 'the connection' };
  const hello = 'EHLO [127.0.0.1]';
  let said = await session.say(hello);
  if (/^\d+[ -]STARTTLS\b/im.test(said.text) && (await session.say('STARTTLS')).code === 220) {
    session.startTls();
    said = await session.say(hello);
  }
  if (said.code >= 400) return { reply: said, at: 'EHLO' };
  const commands = [
    ['MAIL', `MAIL FROM:<${envelope.from}>`],
    ['RCPT', `RCPT TO:<${envelope.to}>`],
    ['DATA', 'DATA'],
  ] as const;
  for (const [at, line] of commands) {
    const reply = await session.say(line);
    if (reply.code >= 400) {
      // What was begun ends with it, and the manager tells of it.
      await session.say('QUIT').catch(() => undefined);
      return { reply, at };
    }
  }
  const reply = await session.send(contentOf(sample, envelope));
  // Nothing depends on the answer.
  await session.say('QUIT').catch(() => undefined);
  return { reply, at: 'the content' };
}

function contentOf(sample: SampleName, { domain, to }: Envelope): string {
  const author = `milter-setup-check@${domain}`;
  const { headers, body } = sampleMail(sample, { from: author, recipients: [to] });
  const lines = headers.map(({ name, value }) => `${name}:${value}`);
  return `${lines.join('\n')}\n\n${body.join('')}`;
}
