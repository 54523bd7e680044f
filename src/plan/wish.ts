/** What the sysadmin wants: milters to set up or to turn off, and the answers that fill the templates. */
import { OWN_NETWORKS } from '../manager-config/own-networks.ts';
import type { Settings } from '../questions/questions.ts';

export interface Wish extends Settings {
  /** Names of milters to install where missing, configure, enable and start. */
  readonly on: readonly string[];
  /** Names of those of `on` that were set up by hand and stay so: settings and socket are kept. */
  readonly keep?: readonly string[];
  /** Whether our manager takes the place of the C milter-manager. */
  readonly takeOver?: boolean;
  /** Names of milters to stop and disable. */
  readonly off: readonly string[];
  /** Names of milters of `off` whose packages go, too. */
  readonly remove: readonly string[];
  /** Names of those beside `on` that a former run set up: what they do to a test mail is known. */
  readonly setUpBefore?: readonly string[];
  /** Names of milters that the last run set up and that somebody has uninstalled since: they stay away. */
  readonly withdrawn?: readonly string[];
}

/** The `{{name}}`s of the templates that come from answers. */
export function templateValues(wish: Wish): Readonly<Record<string, string>> {
  const plain = Object.entries(wish).filter(([, value]) => typeof value === 'string');
  return {
    ...Object.fromEntries(plain as [string, string][]),
    dmarcReject: String(wish.dmarcFailures === 'reject'),
    ownNetworks: [...OWN_NETWORKS, ...wish.localNetworks].join(','),
    localNetworks: wish.localNetworks.join(', '),
    // The documents: "about 30 for about 100 connections"; spamd's own default is 5.
    spamdChildren: String(Math.max(5, Math.floor(wish.smtpConnections * 0.3))),
  };
}
