/** What `check` found, a line each mail. Pure. */
import { saidOf, type ProofLine } from './show-proofs.ts';
import type { Style } from './style.ts';
import { duration } from './show-verdicts.ts';
import { wrap } from './wrap.ts';

export interface CheckLine extends ProofLine {
  /** `550 5.7.1 Command rejected`, where a text was given. */
  readonly reply?: string;
  /** The milter whose answer the manager's was. */
  readonly decidedBy?: string;
}

export function showCheck(line: CheckLine, style: Style): string {
  const { who, outcome, seconds, reply, decidedBy } = line;
  const time = seconds === undefined ? '' : ` in ${duration(seconds * 1000)}`;
  const by = decidedBy === undefined ? '' : `, decided by ${decidedBy}`;
  const text = `${who}: ${saidOf(line)}${by}${time}`;
  return (
    marked(outcome, wrap(text, style.columns, '  ').trimStart(), style) +
    (reply === undefined ? '' : `\n    ${reply}`)
  );
}

/** A mail that went through Postfix. */
export interface SentLine {
  /** Through which service of Postfix: `submission/inet`. */
  readonly service: string;
  /** `a virus (EICAR)`. */
  readonly mail: string;
  readonly outcome: 'pass' | 'fail' | 'skipped';
  /** Postfix's, its codes included; or why there is none. */
  readonly reply: string;
  /** Why this outcome, where the reply alone does not tell. */
  readonly why?: string;
  /** What the manager tells of it; undefined where it tells nothing. */
  readonly account?: {
    readonly milters: readonly {
      readonly name: string;
      readonly status: string;
      readonly milliseconds: number;
      readonly fallback: boolean;
      readonly reason?: string | undefined;
    }[];
    readonly headers: readonly { readonly milter: string; readonly header: string }[];
  };
  readonly decidedBy?: string;
}

export function showSent(line: SentLine, style: Style): string {
  const { service, mail, outcome, reply, why, account, decidedBy } = line;
  const milters = account?.milters.map(({ name, status, milliseconds, fallback, reason }) =>
    status === 'stop'
      ? `${name} not asked${reason === undefined ? '' : ` (${reason})`}`
      : `${name} ${fallback ? 'gave no verdict, its fallback ' : ''}${status} in ${duration(milliseconds)}${reason === undefined ? '' : ` (${reason})`}`,
  );
  const details = [
    ...(why === undefined ? [] : [why]),
    ...(decidedBy === undefined ? [] : [`decided by ${decidedBy}`]),
    ...(account === undefined ? [] : [milters!.join('; ')]),
  ];
  const headers = (account?.headers ?? []).map(
    ({ milter, header }) =>
      style.paint('green', `    + ${header}`) + style.paint('dim', `  (${milter})`),
  );
  return [
    marked(outcome, `${service}: ${mail}: ${reply.replaceAll('\n', '\n    ')}`, style),
    ...details.map((text) => style.paint('dim', wrap(text, style.columns, '    '))),
    ...headers,
  ].join('\n');
}

function marked(outcome: ProofLine['outcome'], text: string, style: Style): string {
  const { marks, paint } = style;
  switch (outcome) {
    case 'pass':
      return `${paint('green', marks.pass)} ${text}`;
    case 'fail':
      return `${paint('red', marks.fail)} ${text}`;
    case 'skipped':
      return `${paint('yellow', marks.skip)} ${text}`;
  }
}
