/** What each command of the MTA means to the manager: its name in logs, and the step bits that govern it. */
import { SMFIC, SMFIP } from '../../protocol/constants.ts';

/** Names of the C program, which its statistics lines carry. */
export type StageName =
  | 'negotiate'
  | 'connect'
  | 'helo'
  | 'envelope-from'
  | 'envelope-recipient'
  | 'data'
  | 'unknown'
  | 'header'
  | 'end-of-header'
  | 'body'
  | 'end-of-message';

export interface CommandRules {
  readonly command: number;
  readonly stage: StageName;
  /** SMFIP_NOx: the milter does not want it. */
  readonly unwanted: number;
  /** SMFIP_NR_x: the milter does not answer it. */
  readonly unanswered: number;
  /** Place in a transaction, so that a command that goes back begins a new one; 0 outside of transactions. */
  readonly order: number;
}

export const COMMANDS = {
  connect: rules(SMFIC.CONNECT, 'connect', SMFIP.NOCONNECT, SMFIP.NR_CONN, 0),
  helo: rules(SMFIC.HELO, 'helo', SMFIP.NOHELO, SMFIP.NR_HELO, 0),
  unknown: rules(SMFIC.UNKNOWN, 'unknown', SMFIP.NOUNKNOWN, SMFIP.NR_UNKN, 0),
  mail: rules(SMFIC.MAIL, 'envelope-from', SMFIP.NOMAIL, SMFIP.NR_MAIL, 1),
  rcpt: rules(SMFIC.RCPT, 'envelope-recipient', SMFIP.NORCPT, SMFIP.NR_RCPT, 2),
  data: rules(SMFIC.DATA, 'data', SMFIP.NODATA, SMFIP.NR_DATA, 3),
  header: rules(SMFIC.HEADER, 'header', SMFIP.NOHDRS, SMFIP.NR_HDR, 4),
  endOfHeader: rules(SMFIC.EOH, 'end-of-header', SMFIP.NOEOH, SMFIP.NR_EOH, 5),
  body: rules(SMFIC.BODY, 'body', SMFIP.NOBODY, SMFIP.NR_BODY, 6),
  endOfMessage: rules(SMFIC.BODYEOB, 'end-of-message', 0, 0, 7),
} as const;

export const ALL_COMMANDS: readonly CommandRules[] = Object.values(COMMANDS);

const BY_LETTER: ReadonlyMap<number, CommandRules> = new Map(
  ALL_COMMANDS.map((each) => [each.command, each]),
);

/** The rules of a letter of SMFIC; undefined where it is none to which there may be a reply. */
export function rulesOf(letter: number): CommandRules | undefined {
  return BY_LETTER.get(letter);
}

function rules(
  command: number,
  stage: StageName,
  unwanted: number,
  unanswered: number,
  order: number,
): CommandRules {
  return { command, stage, unwanted, unanswered, order };
}
