/** The SMTP client as SMFIC_CONNECT tells it: host name, address family, port, address. */
import { SMFIA, SMFIC } from './constants.ts';
import { cstring, packet, uint16 } from './packet-writer.ts';

export type ClientAddress =
  | { readonly family: 'inet' | 'inet6'; readonly address: string; readonly port: number }
  | { readonly family: 'unix'; readonly path: string }
  | { readonly family: 'unknown' };

export interface Client {
  /** The name as the MTA gives it: `mail.example.org`, `unknown`, `[192.0.2.1]`. */
  readonly host: string;
  readonly address: ClientAddress;
}

/** Reads the data of a CONNECT packet; an unknown family, or data that ends early, gives an unknown address. */
export function parseClient(data: Buffer): Client {
  const nul = data.indexOf(0);
  if (nul < 0) return { host: data.toString('latin1'), address: { family: 'unknown' } };
  return { host: data.toString('latin1', 0, nul), address: parseAddress(data.subarray(nul + 1)) };
}

/** A CONNECT packet. */
export function connectPacket(client: Client): Buffer {
  const host = cstring(client.host);
  const { address } = client;
  switch (address.family) {
    case 'unknown':
      return packet(SMFIC.CONNECT, host, String.fromCharCode(SMFIA.UNKNOWN));
    case 'unix':
      return packet(
        SMFIC.CONNECT,
        host,
        String.fromCharCode(SMFIA.UNIX),
        uint16(0),
        cstring(address.path),
      );
    case 'inet':
    case 'inet6': {
      const family = address.family === 'inet' ? SMFIA.INET : SMFIA.INET6;
      return packet(
        SMFIC.CONNECT,
        host,
        String.fromCharCode(family),
        uint16(address.port),
        cstring(address.address),
      );
    }
  }
}

/** `mail.example.org[192.0.2.1]`, as MTAs write a client into their logs. */
export function formatClient(client: Client): string {
  const { address } = client;
  switch (address.family) {
    case 'unknown':
      return `${client.host}[unknown]`;
    case 'unix':
      return `${client.host}[${address.path}]`;
    case 'inet':
    case 'inet6':
      return `${client.host}[${address.address}]`;
  }
}

function parseAddress(data: Buffer): ClientAddress {
  if (data.length < 4) return { family: 'unknown' };
  const port = data.readUInt16BE(1);
  const nul = data.indexOf(0, 3);
  const text = data.toString('latin1', 3, nul < 0 ? data.length : nul);
  switch (data.readUInt8(0)) {
    case SMFIA.INET:
      return { family: 'inet', address: text, port };
    case SMFIA.INET6:
      // Sendmail's libmilter writes `IPv6:` before the address; Postfix does too.
      return { family: 'inet6', address: text.replace(/^IPv6:/i, ''), port };
    case SMFIA.UNIX:
      return { family: 'unix', path: text };
    default:
      return { family: 'unknown' };
  }
}
