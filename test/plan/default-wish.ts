/** What somebody wishes who leaves every answer as it is, and has no milter in mind yet. */
import type { Wish } from '../../src/plan/wish.ts';

export const DEFAULT_WISH: Wish = {
  on: [],
  off: [],
  remove: [],
  defaultAction: 'accept',
  smtpConnections: 100,
  localNetworks: [],
  greylistDelay: '10m',
  dkimDomain: '',
  dkimSelector: 'mail',
  dmarcFailures: 'mark',
};
