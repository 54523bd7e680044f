/**
 * The numbers and letters of the milter wire protocol, by the names that Sendmail's
 * libmilter gives them (mfdef.h, mfapi.h). Versions 2 to 6.
 */

/** Commands, MTA to milter: the first byte of a packet. */
export const SMFIC = {
  ABORT: 0x41, // 'A' give up the current message
  BODY: 0x42, // 'B' body chunk
  CONNECT: 0x43, // 'C' connection information
  MACRO: 0x44, // 'D' macros for the next command; never answered
  BODYEOB: 0x45, // 'E' end of message, perhaps with a last body chunk
  HELO: 0x48, // 'H'
  QUIT_NC: 0x4b, // 'K' quit, but a new connection follows on this socket (v6)
  HEADER: 0x4c, // 'L'
  MAIL: 0x4d, // 'M'
  EOH: 0x4e, // 'N' end of headers
  OPTNEG: 0x4f, // 'O' option negotiation
  QUIT: 0x51, // 'Q'
  RCPT: 0x52, // 'R'
  DATA: 0x54, // 'T' (v4)
  UNKNOWN: 0x55, // 'U' unknown SMTP command (v3)
} as const;
export type Smfic = (typeof SMFIC)[keyof typeof SMFIC];

/** Replies, milter to MTA. OPTNEG is answered with SMFIC.OPTNEG. */
export const SMFIR = {
  ADDRCPT: 0x2b, // '+'
  DELRCPT: 0x2d, // '-'
  ADDRCPT_PAR: 0x32, // '2' add recipient with ESMTP arguments
  SHUTDOWN: 0x34, // '4' 421: close the SMTP connection
  ACCEPT: 0x61, // 'a'
  REPLBODY: 0x62, // 'b'
  CONTINUE: 0x63, // 'c'
  DISCARD: 0x64, // 'd'
  CHGFROM: 0x65, // 'e'
  CONN_FAIL: 0x66, // 'f'
  ADDHEADER: 0x68, // 'h'
  INSHEADER: 0x69, // 'i'
  SETSYMLIST: 0x6c, // 'l'
  CHGHEADER: 0x6d, // 'm'
  PROGRESS: 0x70, // 'p'
  QUARANTINE: 0x71, // 'q'
  REJECT: 0x72, // 'r'
  SKIP: 0x73, // 's' (v6)
  TEMPFAIL: 0x74, // 't'
  REPLYCODE: 0x79, // 'y'
} as const;
export type Smfir = (typeof SMFIR)[keyof typeof SMFIR];

/** What a milter may do (negotiated actions). */
export const SMFIF = {
  ADDHDRS: 0x001,
  CHGBODY: 0x002,
  ADDRCPT: 0x004,
  DELRCPT: 0x008,
  CHGHDRS: 0x010,
  QUARANTINE: 0x020,
  CHGFROM: 0x040,
  ADDRCPT_PAR: 0x080,
  SETSYMLIST: 0x100,
} as const;

/** What is not sent (NO...), not answered (NR_...), or otherwise agreed (negotiated protocol steps). */
export const SMFIP = {
  NOCONNECT: 0x000001,
  NOHELO: 0x000002,
  NOMAIL: 0x000004,
  NORCPT: 0x000008,
  NOBODY: 0x000010,
  NOHDRS: 0x000020,
  NOEOH: 0x000040,
  NR_HDR: 0x000080,
  NOUNKNOWN: 0x000100,
  NODATA: 0x000200,
  SKIP: 0x000400,
  RCPT_REJ: 0x000800,
  NR_CONN: 0x001000,
  NR_HELO: 0x002000,
  NR_MAIL: 0x004000,
  NR_RCPT: 0x008000,
  NR_DATA: 0x010000,
  NR_UNKN: 0x020000,
  NR_EOH: 0x040000,
  NR_BODY: 0x080000,
  HDR_LEADSPC: 0x100000,
} as const;

/** Stages for which a milter may list the macros that it wants (SMFIM_...). */
export const SMFIM = {
  CONNECT: 0,
  HELO: 1,
  ENVFROM: 2,
  ENVRCPT: 3,
  DATA: 4,
  EOM: 5,
  EOH: 6,
} as const;

/** Address families in SMFIC_CONNECT. */
export const SMFIA = {
  UNKNOWN: 0x55, // 'U'
  UNIX: 0x4c, // 'L'
  INET: 0x34, // '4'
  INET6: 0x36, // '6'
} as const;

/** Largest body chunk of SMFIC_BODY and SMFIR_REPLBODY, in bytes (MILTER_CHUNK_SIZE). */
export const MILTER_CHUNK_SIZE = 65535;

/** Newest protocol version that we speak. */
export const PROTOCOL_VERSION = 6;
