/** The order of an SMTP session: what is said to the milter, stage by stage, and when to stop. */

import { SMFIC } from '../protocol/constants.ts';
import { connectPacket } from '../protocol/client-address.ts';
import { cstring, packet } from '../protocol/packet-writer.ts';
import { bodyPackets, envelopePacket, headerPacket } from './commands.ts';
import type { Dialogue } from './dialogue.ts';
import type { Reply } from './replies.ts';
import { recipientMacros, type Envelope, type Macros, type Mail, type Stage } from './mail.ts';

/** Stages in the order in which an MTA comes to know macros. */
const MACRO_STAGES: readonly Stage[] = [
  'connect',
  'helo',
  'envelope-from',
  'envelope-recipient',
  'data',
  'end-of-header',
  'end-of-message',
];

const CONTINUE: Reply = { kind: 'continue' };

/** CONNECT, HELO and unknown commands. */
export async function greet(dialogue: Dialogue, mail: Mail): Promise<Reply> {
  const connected = await dialogue.say({
    stage: 'connect',
    packet: connectPacket(mail.client),
    ...macrosAt(mail, 'connect'),
  });
  if (connected.kind !== 'continue') return connected;
  const helo = packet(SMFIC.HELO, cstring(mail.helo));
  const hello = await dialogue.say({ stage: 'helo', packet: helo, ...macrosAt(mail, 'helo') });
  if (hello.kind !== 'continue') return hello;
  for (const command of mail.unknown) {
    // A refusal of an unknown command refuses that command only.
    await dialogue.say({
      stage: 'unknown',
      subject: command,
      packet: packet(SMFIC.UNKNOWN, cstring(command)),
    });
  }
  return CONTINUE;
}

/** MAIL to the end of the message. Recipients that the milter refuses are added to `refused`. */
export async function transact(
  dialogue: Dialogue,
  mail: Mail,
  refused: Envelope[],
): Promise<Reply> {
  const reply = await sendMail(dialogue, mail, refused);
  if (dialogue.stage !== 'end-of-message') await dialogue.abandon(packet(SMFIC.ABORT));
  return reply;
}

async function sendMail(dialogue: Dialogue, mail: Mail, refused: Envelope[]): Promise<Reply> {
  const from = await dialogue.say({
    stage: 'envelope-from',
    subject: mail.from.address,
    packet: envelopePacket(SMFIC.MAIL, mail.from),
    ...macrosAt(mail, 'envelope-from'),
  });
  if (from.kind !== 'continue') return from;

  const recipients = await sendRecipients(dialogue, mail, refused);
  if (recipients.kind !== 'continue') return recipients;

  const data = await dialogue.say({
    stage: 'data',
    packet: packet(SMFIC.DATA),
    ...macrosAt(mail, 'data'),
  });
  if (data.kind !== 'continue') return data;

  const content = await sendContent(dialogue, mail);
  if (content.kind !== 'continue') return content;
  return dialogue.say({
    stage: 'end-of-message',
    packet: packet(SMFIC.BODYEOB),
    ...macrosAt(mail, 'end-of-message'),
  });
}

/** A refusal is for that recipient only; with none left, it is for the mail. */
async function sendRecipients(dialogue: Dialogue, mail: Mail, refused: Envelope[]): Promise<Reply> {
  let last: Reply = CONTINUE;
  for (const recipient of mail.recipients) {
    last = await dialogue.say({
      stage: 'envelope-recipient',
      subject: recipient.address,
      packet: envelopePacket(SMFIC.RCPT, recipient),
      ...macrosAt(mail, 'envelope-recipient', recipientMacros(recipient)),
    });
    if (last.kind === 'reject' || last.kind === 'temporary-failure') refused.push(recipient);
    else if (last.kind === 'skip') break;
    else if (last.kind !== 'continue') return last;
  }
  return refused.length > 0 && refused.length === mail.recipients.length ? last : CONTINUE;
}

/** Headers, end of header, body. After SKIP no more of the same kind is sent. */
async function sendContent(dialogue: Dialogue, mail: Mail): Promise<Reply> {
  const { steps } = dialogue.negotiated;
  for (const header of mail.headers) {
    const bytes = headerPacket(header, steps);
    const reply = await dialogue.say({ stage: 'header', subject: header.name, packet: bytes });
    if (reply.kind === 'skip') break;
    if (reply.kind !== 'continue') return reply;
  }
  const end = await dialogue.say({
    stage: 'end-of-header',
    packet: packet(SMFIC.EOH),
    ...macrosAt(mail, 'end-of-header'),
  });
  if (end.kind !== 'continue') return end;
  for (const bytes of mail.body.flatMap(bodyPackets)) {
    const reply = await dialogue.say({ stage: 'body', packet: bytes });
    if (reply.kind === 'skip') break;
    if (reply.kind !== 'continue') return reply;
  }
  return CONTINUE;
}

/** The stage's own macros, and all that are known by then. */
function macrosAt(
  mail: Mail,
  stage: Stage,
  extra: Macros = {},
): { readonly macros: Macros; readonly known: Macros } {
  const macros = { ...extra, ...mail.macros[stage] };
  const earlier = MACRO_STAGES.slice(0, MACRO_STAGES.indexOf(stage));
  const known = [...earlier.map((each) => mail.macros[each]), macros].reduce<Macros>(
    (all, some) => ({ ...all, ...some }),
    {},
  );
  return { macros, known };
}
