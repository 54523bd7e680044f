/** Sample mails: a clean one, and two that every virus scanner or spam filter must know. */

import { randomUUID } from 'node:crypto';
import { createMail, envelopeHeaders, header, type Mail, type MailDetails } from './mail.ts';

export const SAMPLE_NAMES = ['clean', 'eicar', 'gtube'] as const;
export type SampleName = (typeof SAMPLE_NAMES)[number];

// The two test strings are joined at run time, so that no file of ours is itself taken for a virus or spam.

/** The EICAR anti-virus test file (eicar.org), 68 bytes. */
const EICAR = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR-STANDARD-', 'ANTIVIRUS-TEST-FILE!', '$H+H*'];
/** The Generic Test for Unsolicited Bulk Email (SpamAssassin), 68 bytes. */
const GTUBE = ['XJS*C4JDBQADN1.NSBN3*2IDNEN*', 'GTUBE-STANDARD-', 'ANTI-UBE-TEST-EMAIL', '*C.34X'];

/** A whole mail with that content; `details` override its envelope, client and macros, headers are added. */
export function sampleMail(sample: SampleName, details: MailDetails = {}): Mail {
  const mail = createMail(details);
  const { subject, body } = SAMPLES[sample];
  return {
    ...mail,
    headers: [
      ...envelopeHeaders(mail.from, mail.recipients),
      header('Subject', subject),
      header('Date', new Date().toUTCString().replace('GMT', '+0000')),
      header('Message-ID', `<${randomUUID()}@mail.example.com>`),
      ...(details.headers ?? []),
    ],
    body: details.body ?? [body()],
  };
}

const SAMPLES: Record<SampleName, { readonly subject: string; readonly body: () => string }> = {
  clean: {
    subject: 'Lunch on Thursday',
    body: () => 'Shall we meet at noon?\r\n\r\nYours,\r\nA colleague\r\n',
  },
  eicar: { subject: 'Anti-virus test', body: () => `${EICAR.join('')}\r\n` },
  gtube: {
    subject: 'Spam filter test',
    body: () => `This is a test of the spam filter.\r\n\r\n${GTUBE.join('')}\r\n`,
  },
};
