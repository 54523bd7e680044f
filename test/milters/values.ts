/** Answers, and what a template gets of them. */
import { templateValues } from '../../src/plan/wish.ts';
import { DEFAULT_WISH } from '../plan/default-wish.ts';

export const VALUES = {
  ...templateValues({
    ...DEFAULT_WISH,
    localNetworks: ['192.0.2.0/24'],
    dkimDomain: 'example.com',
  }),
  authservId: 'mail.example.com',
  spfRejects: 'Fail',
};
