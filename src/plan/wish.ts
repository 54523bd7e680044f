/** What the sysadmin wants: milters to set up or to turn off, and the answers that fill the templates. */

export interface Wish {
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
  readonly defaultAction: string;
  readonly smtpConnections: number;
  /** CIDR, beside loopback and the private ranges. */
  readonly localNetworks: readonly string[];
  /** As greylist.conf writes it: `10m`. */
  readonly greylistDelay: string;
  /** Whose mail is signed, and the name of the key in its DNS. */
  readonly dkimDomain: string;
  readonly dkimSelector: string;
  /** What opendmarc does with mail that fails. */
  readonly dmarcFailures: string;
}

/** The `{{name}}`s of the templates that come from answers. */
export function templateValues(wish: Wish): Readonly<Record<string, string>> {
  return {
    defaultAction: wish.defaultAction,
    dkimDomain: wish.dkimDomain,
    dkimSelector: wish.dkimSelector,
    dmarcReject: String(wish.dmarcFailures === 'reject'),
    internalHosts: ['127.0.0.1', '::1', ...wish.localNetworks].join(','),
    greylistDelay: wish.greylistDelay,
    localNetworks: wish.localNetworks.join(', '),
    // The documents: "about 30 for about 100 connections"; spamd's own default is 5.
    spamdChildren: String(Math.max(5, Math.floor(wish.smtpConnections * 0.3))),
  };
}
