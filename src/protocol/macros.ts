/** SMFIC_MACRO packets and lists of macro names. Values are latin1 strings, a character a byte. */
import { SMFIC, SMFIM } from './constants.ts';
import { cstring, packet } from './packet-writer.ts';

/** Macro names by stage (SMFIM). */
export type MacroLists = ReadonlyMap<number, readonly string[]>;

/** Macros that the MTA defines for the next command. */
export interface Macros {
  /** The command (SMFIC) that they belong to. */
  readonly command: number;
  /** Values by plain name: `i`, `mail_addr`; on the wire a name of several letters stands in braces. */
  readonly values: ReadonlyMap<string, string>;
}

export const MACRO_LIST_SEPARATOR = ' ';

/**
 * What an MTA sends where nobody asks for a list: Postfix's milter_*_macros defaults and Sendmail's confMILTER_MACROS_*.
 * A milter that does not ask at a stage counts on these.
 */
export const DEFAULT_MACROS: MacroLists = new Map([
  [SMFIM.CONNECT, ['j', '_', 'v', '{daemon_name}', '{daemon_addr}', '{if_name}', '{if_addr}']],
  [SMFIM.HELO, ['{tls_version}', '{cipher}', '{cipher_bits}', '{cert_subject}', '{cert_issuer}']],
  [
    SMFIM.ENVFROM,
    [
      'i',
      '{auth_type}',
      '{auth_authen}',
      '{auth_ssf}',
      '{auth_author}',
      '{mail_mailer}',
      '{mail_host}',
      '{mail_addr}',
    ],
  ],
  [SMFIM.ENVRCPT, ['i', '{rcpt_mailer}', '{rcpt_host}', '{rcpt_addr}']],
  [SMFIM.DATA, ['i']],
  [SMFIM.EOM, ['i', '{msg_id}']],
  [SMFIM.EOH, ['i']],
]);

const STAGE_OF_COMMAND: ReadonlyMap<number, number> = new Map<number, number>([
  [SMFIC.CONNECT, SMFIM.CONNECT],
  [SMFIC.HELO, SMFIM.HELO],
  [SMFIC.MAIL, SMFIM.ENVFROM],
  [SMFIC.RCPT, SMFIM.ENVRCPT],
  [SMFIC.DATA, SMFIM.DATA],
  [SMFIC.EOH, SMFIM.EOH],
  [SMFIC.BODYEOB, SMFIM.EOM],
]);

/** The stage (SMFIM) whose list governs the macros of a command; undefined for commands that have none. */
export function macroStage(command: number): number | undefined {
  return STAGE_OF_COMMAND.get(command);
}

/** `{mail_addr}` -> `mail_addr`; `i` and `{i}` -> `i`. */
export function plainMacroName(name: string): string {
  return name.startsWith('{') && name.endsWith('}') ? name.slice(1, -1) : name;
}

/** `mail_addr` -> `{mail_addr}`; `i` stays. */
function wireMacroName(name: string): string {
  return name.length === 1 || name.startsWith('{') ? name : `{${name}}`;
}

/** Reads the data of a SMFIC_MACRO packet. A last name without a value counts as empty. */
export function parseMacros(data: Buffer): Macros {
  const values = new Map<string, string>();
  const words = data.toString('latin1', 1).split('\0');
  for (let at = 0; at < words.length; at += 2) {
    const name = words[at]!;
    if (name !== '') values.set(plainMacroName(name), words[at + 1] ?? '');
  }
  return { command: data[0] ?? 0, values };
}

/** A SMFIC_MACRO packet. */
export function macroPacket(macros: Macros): Buffer {
  let text = String.fromCharCode(macros.command);
  for (const [name, value] of macros.values) text += cstring(wireMacroName(name)) + cstring(value);
  return packet(SMFIC.MACRO, text);
}

/** Lists joined, each name once (whatever its braces), in the order first seen. */
export function joinMacroLists(lists: Iterable<readonly string[]>): readonly string[] {
  const names = new Map<string, string>();
  for (const list of lists) {
    for (const name of list) {
      const plain = plainMacroName(name);
      if (!names.has(plain)) names.set(plain, wireMacroName(plain));
    }
  }
  return [...names.values()];
}
