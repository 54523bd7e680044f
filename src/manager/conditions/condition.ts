/** Conditions: whether a child applies to a client or a mail, and macros that it gets on top, by the names of the C milter-manager. */
import type { ConditionName } from '../../manager-config/keys.ts';
import type { Client } from '../../protocol/client-address.ts';

/** What a condition can see. */
export interface Circumstances {
  readonly client: Client;
  /** A macro that the MTA defined for the command at hand or an earlier one, by plain name. */
  readonly macro: (name: string) => string | undefined;
  /** Sessions open in this process, this one included. */
  readonly sessions: number;
  /** Argument of MAIL as it came: `<user@example.org>`. */
  readonly sender: string;
}

/** Undefined: the child applies. A text: it does not, and why. */
export type Stop = string | undefined;

/** Macros that the child gets in addition, by plain name. */
export type ExtraMacros = Readonly<Record<string, string>>;

/** A condition with the name that the ini gives it. */
export interface NamedCondition extends Condition {
  readonly name: ConditionName;
}

/** A condition looks at the client, at the sender, or at both. */
export interface Condition {
  readonly atConnect?: (circumstances: Circumstances) => Stop;
  readonly atMail?: (circumstances: Circumstances) => Stop;
  readonly macrosAtConnect?: (circumstances: Circumstances) => ExtraMacros;
  readonly macrosAtMail?: (circumstances: Circumstances) => ExtraMacros;
}
