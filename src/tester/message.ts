/** Applies a milter's modifications to a message as Postfix does it. Pure. */

import type { Message, Modification } from './result.ts';
import { bracketed, type Envelope, type Header } from './mail.ts';

/**
 * The MTA's own Received header: milters do not see it, but insertion index 0 is above it and
 * index 1 below it (smfi_insheader).
 */
const OWN_RECEIVED: Header = { name: '', value: '' };

/**
 * The message after the modifications, in their order. Header names match without regard to case,
 * the index of a change counts from 1, an empty value deletes, a change of a header that is not
 * there adds it. With `leadingSpace` (HDR_LEADSPC) values are as the milter gave them, else the MTA
 * puts a space after the colon.
 */
export function applyModifications(
  message: Message,
  modifications: readonly Modification[],
  leadingSpace: boolean,
): Message {
  let { from } = message;
  let recipients: readonly Envelope[] = message.recipients;
  let headers: readonly Header[] = [OWN_RECEIVED, ...message.headers];
  const chunks: string[] = [];
  let bodyReplaced = false;
  const stored = (name: string, value: string) => ({
    name,
    value: leadingSpace ? value : ` ${value}`,
  });

  for (const change of modifications) {
    switch (change.kind) {
      case 'add-header':
        headers = [...headers, stored(change.name, change.value)];
        break;
      case 'insert-header':
        headers = headers.toSpliced(change.index, 0, stored(change.name, change.value));
        break;
      case 'change-header':
        headers = changeHeader(headers, change, stored);
        break;
      case 'change-from':
        from = change.envelope;
        break;
      case 'add-recipient':
        recipients = [...recipients, change.envelope];
        break;
      case 'delete-recipient':
        recipients = recipients.filter(
          (recipient) => bracketed(recipient.address) !== bracketed(change.address),
        );
        break;
      case 'replace-body':
        chunks.push(change.chunk);
        bodyReplaced = true;
        break;
      case 'quarantine':
        break;
    }
  }
  return {
    from,
    recipients,
    headers: headers.filter((each) => each !== OWN_RECEIVED),
    body: bodyReplaced ? chunks.join('') : message.body,
  };
}

function changeHeader(
  headers: readonly Header[],
  change: { readonly index: number; readonly name: string; readonly value: string },
  stored: (name: string, value: string) => Header,
): readonly Header[] {
  const name = change.name.toLowerCase();
  const places = [...headers.keys()].filter((at) => headers[at]!.name.toLowerCase() === name);
  // Sendmail and Postfix take index 0 as the first.
  const place = places[Math.max(change.index, 1) - 1];
  if (change.value === '') return place === undefined ? headers : headers.toSpliced(place, 1);
  if (place === undefined) return [...headers, stored(change.name, change.value)];
  return headers.with(place, stored(change.name, change.value));
}
