/** Answers, and what a template gets of them. */
import { templateValues } from '../../src/plan/wish.ts';

export const VALUES = {
  ...templateValues({
    on: [],
    off: [],
    remove: [],
    defaultAction: 'accept',
    smtpConnections: 100,
    localNetworks: ['192.0.2.0/24'],
    greylistDelay: '10m',
    dkimDomain: 'example.com',
    dkimSelector: 'mail',
    dmarcFailures: 'mark',
  }),
  authservId: 'mail.example.com',
};
