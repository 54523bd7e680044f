/** Messages of late as the manager kept them: one a line, or one with all that is known of it. Pure. */
import { duration } from './show-verdicts.ts';
import type { Style } from './style.ts';

/** One milter's part, as the manager writes it (src/manager/report/report.ts). */
export interface KeptPart {
  readonly name: string;
  readonly status: string;
  readonly fallback: boolean;
  readonly asked: boolean;
  readonly stage: string;
  readonly milliseconds: number;
  readonly reason?: string;
  readonly condition?: string;
  readonly reply?: string;
  readonly findings?: readonly string[];
}

export interface KeptMail {
  readonly event: 'mail';
  /** ISO 8601. */
  readonly time: string;
  readonly session: number;
  readonly queueId?: string;
  readonly client?: string;
  readonly helo?: string;
  readonly authenticated?: string;
  readonly tls?: string;
  readonly sender?: string;
  readonly recipients: readonly {
    readonly address: string;
    readonly status: string;
    readonly reply?: string;
  }[];
  readonly recipientCount: number;
  readonly messageId?: string;
  readonly bytes: number;
  readonly status: string;
  readonly stage: string;
  readonly reply?: string;
  readonly seconds: number;
  readonly children: readonly KeptPart[];
  readonly unfilteredBy: readonly string[];
}

type Format = Parameters<Style['paint']>[0];

const COLORS: Readonly<Record<string, Format>> = {
  pass: 'green',
  accept: 'green',
  'temporary-failure': 'yellow',
  reject: 'red',
  discard: 'red',
  abort: 'dim',
};

/** `19:30:02  reject  4XyZ  <a@example.net> -> <b@example.org>  clamav-milter: 550 5.7.1 virus`. */
export function mailLine(mail: KeptMail, style: Style): string {
  const { time, queueId = '-', sender = '-', status, unfilteredBy } = mail;
  const decided = deciders(mail).map(({ name, reply }) =>
    reply === undefined ? name : `${name}: ${reply}`,
  );
  const unfiltered =
    unfilteredBy.length > 0 ? [style.paint('red', `UNFILTERED by ${unfilteredBy.join(', ')}`)] : [];
  const said = mail.reply !== undefined && decided.length === 0 ? [mail.reply] : decided;
  return [
    localTime(time),
    style.paint(COLORS[status] ?? 'reset', status.padEnd(17)),
    queueId.padEnd(15),
    `${sender} ${style.marks.arrow} ${recipients(mail)}`,
    ...unfiltered,
    ...said,
  ]
    .join('  ')
    .trimEnd();
}

/** All that is known of one, for `explain`. */
export function mailInFull(mail: KeptMail, style: Style): string {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['queue id', mail.queueId ?? 'none yet (Postfix gives one with the first accepted recipient)'],
    ['message-id', mail.messageId],
    ['client', mail.client],
    ['HELO', mail.helo],
    ['user', mail.authenticated],
    ['TLS', mail.tls],
    ['from', mail.sender],
    ['to', recipients(mail)],
    ['size', mail.bytes > 0 ? `${mail.bytes} bytes` : undefined],
  ];
  const verdict = `${mail.status} at ${mail.stage} after ${duration(mail.seconds * 1000)}`;
  const reply = mail.reply === undefined ? '' : `: ${mail.reply}`;
  return [
    `${localTime(mail.time)}  ${style.paint(COLORS[mail.status] ?? 'reset', verdict)}${reply}`,
    ...facts.flatMap(([name, value]) =>
      value === undefined ? [] : [`  ${name.padEnd(11)} ${value}`],
    ),
    ...mail.recipients.flatMap(({ address, reply: said }) =>
      said === undefined ? [] : [`  ${address}: ${said}`],
    ),
    ...mail.children.map((part) => `  ${partLine(part, style)}`),
  ].join('\n');
}

function partLine(part: KeptPart, style: Style): string {
  const { name, status, fallback, condition, reason, reply, findings = [] } = part;
  const { marks, paint } = style;
  if (condition !== undefined) {
    return paint('dim', `${marks.skip} ${name}: not asked (${condition}: ${reason ?? ''})`);
  }
  const found = findings.length > 0 ? `; found ${findings.join(', ').replaceAll('_', ' ')}` : '';
  const said = reply === undefined ? '' : `: ${reply}`;
  const took = part.asked ? ` in ${duration(part.milliseconds)}` : '';
  if (fallback) {
    const why = reason === undefined ? '' : ` (${reason})`;
    return paint(
      'red',
      `${marks.fail} ${name}: gave no verdict, its fallback ${status} counted${why}`,
    );
  }
  const color = COLORS[status] ?? 'reset';
  return `${paint(color, `${marks.pass} ${name}: ${status}`)} at ${part.stage}${took}${said}${found}`;
}

/** Those whose word was the message's; nobody's where it passed. */
export function deciders({ status, children }: KeptMail): readonly KeptPart[] {
  if (status === 'pass' || status === 'accept' || status === 'abort') return [];
  return children
    .filter((part) => part.status === status && part.condition === undefined)
    .slice(0, 1);
}

function recipients({ recipients: known, recipientCount }: KeptMail): string {
  if (recipientCount === 0) return '-';
  const more = recipientCount > 1 ? ` and ${recipientCount - 1} more` : '';
  return `${known[0]?.address ?? '-'}${more}`;
}

/** `2026-11-29 19:30:02` of this machine's zone. */
function localTime(iso: string): string {
  const date = new Date(iso);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}
