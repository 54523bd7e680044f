/** What detection finds of one milter. */

export interface DetectedMilter {
  /** The milter's name, the same on every platform: `milter-greylist`, `clamav-milter`, `spamass-milter`, `opendkim`... */
  readonly name: string;
  readonly description: string | undefined;
  /** The service by its platform name: rc.d script, init script, unit. */
  readonly service: string;
  /** Whether the system starts it. A milter that is installed and disabled is kept, with false. */
  readonly enabled: boolean;
  /** Where it listens, in our spelling (`unix:/path`, `inet:port@host`); undefined where no socket is configured. */
  readonly connectionSpec: string | undefined;
  /** The variable of the file of flags that starts it, where the platform has such a file (`opendmarc_enable`). */
  readonly flag?: string;
  /** Default conditions, by their known names (S25R, Remote Network, ...). */
  readonly applicableConditions: readonly string[];
  /** Milters whose changes it must see, by name. */
  readonly after: readonly string[];
  /** Where each fact came from: `/etc/default/spamass-milter:12`, for `--show-config`. */
  readonly sources: Readonly<Partial<Record<'connectionSpec' | 'enabled', string>>>;
  /** How it is known to take a message's content without a wait for its own replies; not given where it is not. */
  readonly takesPipelined?: string;
  /** How it is known to take another session on a connection; likewise. */
  readonly takesSessions?: string;
  /** Seconds to add to the writing and reading timeouts (greylist tarpit). */
  readonly tarpit?: number;
  /** Seconds to add to the reading timeout only: it asks name servers before it answers. */
  readonly waits?: number;
}

/** What detection finds on a host. It never fails: a file that does not parse is a warning. */
export interface Detection {
  /** In the order in which the manager keeps them. */
  readonly milters: readonly DetectedMilter[];
  readonly warnings: readonly string[];
}
