/**
 * What is known of a milter whoever set it up, as data: how it is found, and what it does (its traits). The manager reads
 * it at each start, so it needs nothing of how a milter is set up (`milter.ts`).
 */
import { config, option, type SocketRule, variable } from '../detect/socket-rules.ts';
import type { PlatformName } from '../platforms/platforms.ts';

/** What a milter finds out of a mail and writes into Authentication-Results (RFC 8601), for others to judge by. */
export type Result = 'spf' | 'sender-id' | 'dkim' | 'arc';

/** The test mails that a scanner must refuse whatever its settings. */
export type RefusedSample = 'eicar' | 'gtube';

/** Where a signer's own configuration says for whom it signs. */
export interface SigningFiles {
  /** opendkim.conf(5): Mode, Domain and KeyFile, or tables. Or a section of UCL a domain, which nobody need write. */
  readonly syntax: 'opendkim' | 'ucl';
  /** The first that exists. */
  readonly paths: readonly string[];
}

/** What differs by platform; `usual` on every other one. */
export type ByPlatform<Value> = Readonly<Partial<Record<PlatformName | 'usual', Value>>>;

export const onPlatform = <Value>(
  platform: PlatformName,
  of: ByPlatform<Value>,
): Value | undefined => of[platform] ?? of.usual;

export interface KnownMilter {
  /** The same on every platform, and in the C program's `define_milter`. */
  readonly name: string;
  /** Of several, the first that is installed. */
  readonly services: ByPlatform<readonly string[]>;
  readonly sockets: ByPlatform<readonly SocketRule[]>;
  /** Default conditions by their known names. */
  readonly conditions: readonly string[];
  /** Where it listens on many hosts, whoever runs it: by that it is known where no file of this host tells (a container). */
  readonly usually?: {
    readonly ports?: readonly number[];
    /** Matches the path of a UNIX socket. */
    readonly socket?: RegExp;
  };
  /** Seconds that an answer may take beyond the usual. */
  readonly waits?: number;
  /**
   * It was proved to take a message's content without waiting for its own replies. Milters of libmilter need not say it:
   * they are known by their programs (`../detect/libmilter.ts`).
   */
  readonly pipelines?: true;
  readonly finds?: readonly Result[];
  /** Results that others must have found before it sees a mail. */
  readonly judgesBy?: { readonly results: readonly Result[]; readonly why: string };
  readonly signs?: SigningFiles;
  /** It marks mail: in headers that signers sign (Subject), or in others only. */
  readonly marks?: 'signed headers' | 'other headers';
  /** Why it refuses a sample, whatever its settings. */
  readonly refuses?: Readonly<Partial<Record<RefusedSample, string>>>;
  /** It makes an unknown sender with a suspicious name wait. */
  readonly greylists?: true;
  /** Whatever its settings, it lets a mail pass that holds nothing and comes from a well-named host. */
  readonly passesCleanMail?: true;
  /** Programs that do the same as a content filter of Postfix, in the names of which these words stand. */
  readonly alsoDoneBy?: readonly string[];
  /** SELinux's policy lets it bind any port above 1023, or has no domain for it. */
  readonly bindsAnyPort?: true;
  /** Words of its domains and programs in SELinux's log, beside its name. */
  readonly selinuxWords?: readonly string[];
}

/** Greylisting: only for senders that look like end users' machines, and never for our own users. */
export const GREYLISTING = [
  'Sendmail Compatible',
  'Stress Notify',
  'Trust',
  'Remote Network',
  'S25R',
  'Unauthenticated',
] as const;

/** Costly or judging the sending host: for mail from outside, and left out under stress. */
export const RECEIVING = ['Remote Network', 'Unauthenticated', 'No Stress'] as const;

/**
 * Whoever looks SPF up asks the name servers before it answers, and waits 10 seconds for each that is silent (two
 * attempts of 5, resolv.conf(5)). More than two cannot be waited for: Postfix gives a milter 30 seconds.
 */
export const SPF_LOOKUP = 20;

/** The family of OpenDKIM: `-p` overrides `Socket`. */
export const trusted = (file: string, fileOption: string): KnownMilter['sockets'] => {
  const written = (directory: string): SocketRule =>
    config('key-value', 'Socket', [fileOption], [`${directory}/${file}`], ['CONFIG']);
  return {
    freebsd: [option('-p'), variable('SOCKET'), written('/usr/local/etc/mail')],
    usual: [option('-p'), variable('SOCKET'), written('/etc')],
    // The init script passes -p SOCKET only where the file has no Socket.
    debian: [option('-p'), written('/etc'), variable('SOCKET')],
  };
};
