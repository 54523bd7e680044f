/** Makes the mail to play from the command line. */

import type { ClientAddress } from '../protocol/client-address.ts';
import type { ConnectionSpec } from '../protocol/connection-spec.ts';
import type { MailFile } from './mail-file.ts';
import type { Options } from './options.ts';
import { sampleMail } from './samples.ts';
import {
  createMail,
  envelopeHeaders,
  type Envelope,
  type Macros,
  type Mail,
  type MailDetails,
} from './mail.ts';

/** @param file the mail of --mail-file; its headers and body come first, the options add and override */
export function mailOfOptions(options: Options, file: MailFile | undefined): Mail {
  const from = options.envelopeFrom ?? options.from ?? file?.from;
  const recipients =
    options.envelopeRecipient ??
    options.recipient ??
    (file?.recipients.length ? file.recipients : undefined);
  const details: MailDetails = {
    name: options.name,
    ...(options.connectHost === undefined ? {} : { host: options.connectHost }),
    ...(options.connectAddress === undefined
      ? {}
      : { address: clientAddress(options.connectAddress) }),
    ...(options.heloFqdn === undefined ? {} : { helo: options.heloFqdn }),
    ...(from === undefined ? {} : { from: envelopeOf(from) }),
    ...(recipients === undefined ? {} : { recipients: recipients.map(envelopeOf) }),
    ...(options.unknown === undefined ? {} : { unknown: options.unknown }),
    ...(options.body === undefined ? {} : { body: options.body }),
    macros: macrosOf(options),
  };
  const added = options.header ?? [];
  if (options.sample !== undefined) {
    return sampleMail(options.sample, { ...details, headers: added });
  }
  if (file !== undefined) {
    return createMail({ body: [file.body], ...details, headers: [...file.headers, ...added] });
  }
  const mail = createMail(details);
  return { ...mail, headers: [...envelopeHeaders(mail.from, mail.recipients), ...added] };
}

/** `<a@example.com> SIZE=1000 BODY=8BITMIME`: the address, then ESMTP arguments. */
function envelopeOf(text: string): Envelope {
  const [, address = '', rest = ''] = /^(<[^>]*>|\S*)\s*(.*)$/s.exec(text.trim()) ?? [];
  return { address, arguments: rest.split(/\s+/).filter(Boolean) };
}

function clientAddress(spec: ConnectionSpec | 'unknown'): ClientAddress {
  if (spec === 'unknown') return { family: spec };
  if (spec.kind === 'unix') return { family: spec.kind, path: spec.path };
  const anywhere = spec.kind === 'inet' ? '127.0.0.1' : '::1';
  return { family: spec.kind, address: spec.host ?? anywhere, port: spec.port };
}

function macrosOf(options: Options): Mail['macros'] {
  const authenticated: Macros = {
    ...(options.authenticatedName === undefined ? {} : { auth_authen: options.authenticatedName }),
    ...(options.authenticatedType === undefined ? {} : { auth_type: options.authenticatedType }),
    ...(options.authenticatedAuthor === undefined
      ? {}
      : { auth_author: options.authenticatedAuthor }),
  };
  return {
    connect: options.connectMacro ?? {},
    helo: options.heloMacro ?? {},
    'envelope-from': { ...authenticated, ...options.envelopeFromMacro },
    'envelope-recipient': options.envelopeRecipientMacro ?? {},
    data: options.dataMacro ?? {},
    'end-of-header': options.endOfHeaderMacro ?? {},
    'end-of-message': options.endOfMessageMacro ?? {},
  };
}
