/** Option negotiation in the middle: what to offer to children, and what to agree to with the MTA. */
import { PROTOCOL_VERSION, SMFIC, SMFIF, SMFIM, SMFIP } from '../../protocol/constants.ts';
import { DEFAULT_MACROS, joinMacroLists, type MacroLists } from '../../protocol/macros.ts';
import {
  actionsOfVersion,
  encodeNegotiation,
  stepsOfVersion,
  type Negotiation,
} from '../../protocol/negotiation.ts';
import { ALL_COMMANDS } from './commands.ts';
import type { Offer } from '../child/offer.ts';
import type { Participant } from '../child/participant.ts';
import type { Runtime } from '../child/runtime.ts';

/** Steps that need the MTA's help; everything else we can do for a child whatever the MTA knows. */
const NEEDS_MTA = SMFIP.HDR_LEADSPC | SMFIP.RCPT_REJ;

/** SMTP gives no reply to these, so waiting for ours would only cost the MTA time. */
const ANSWER_HAS_NO_PLACE = SMFIP.NR_HDR | SMFIP.NR_EOH | SMFIP.NR_BODY;

/** Macros that our own log and conditions need where a list is sent at all. */
const OUR_MACROS: MacroLists = new Map([
  [SMFIM.CONNECT, ['j', 'v', '{daemon_addr}']],
  [SMFIM.ENVFROM, ['i', '{auth_type}', '{auth_authen}']],
  [SMFIM.ENVRCPT, ['i', '{rcpt_mailer}']],
  [SMFIM.DATA, ['i']],
  [SMFIM.EOM, ['i']],
]);

/** Before there is one. */
export const NO_AGREEMENT: Negotiation = { version: 0, actions: 0, steps: 0, macros: new Map() };

/** The newest version that both sides speak. */
function commonVersion(offer: Negotiation): number {
  return Math.min(offer.version, PROTOCOL_VERSION);
}

export function offerToChildren(offer: Negotiation): Offer {
  const version = commonVersion(offer);
  const actions = offer.actions & actionsOfVersion(version);
  const steps = stepsOfVersion(version) & (offer.steps | ~NEEDS_MTA);
  const fresh: Negotiation = { version, actions, steps, macros: new Map() };
  return { ...fresh, packet: encodeNegotiation(fresh) };
}

/**
 * What the MTA is answered, when every participant has negotiated or failed.
 * @param everything ask for every command, even those that no participant wants: shadows watch, or all is refused
 */
export function agree(
  offer: Negotiation,
  participants: readonly Participant[],
  runtime: Runtime,
  everything: boolean,
): Negotiation {
  const voting = participants.filter(({ failure }) => failure === undefined);
  let actions = 0;
  let asked = 0;
  for (const participant of voting) {
    actions |= participant.actions;
    asked |= participant.steps;
  }
  // One that could not be asked may be there for a later mail: nothing that it might want is ruled out.
  const missing = participants.some(({ failure }) => failure && failure.costTime !== true);
  if (missing) actions = offer.actions;
  const macros =
    offer.actions & SMFIF.SETSYMLIST ? macrosToAskFor(participants) : new Map<number, []>();
  if (macros.size > 0) actions |= SMFIF.SETSYMLIST;
  else actions &= ~SMFIF.SETSYMLIST;
  const skip = asked & (SMFIP.SKIP | NEEDS_MTA);
  const unwanted = everything || missing ? 0 : unwantedByAll(participants, runtime);
  const steps = unwanted | ANSWER_HAS_NO_PLACE | skip;
  return {
    version: commonVersion(offer),
    actions: actions & offer.actions,
    steps: steps & offer.steps & stepsOfVersion(commonVersion(offer)),
    macros,
  };
}

function unwantedByAll(participants: readonly Participant[], runtime: Runtime): number {
  let steps = 0;
  for (const rules of ALL_COMMANDS) {
    const needed =
      (rules.command === SMFIC.CONNECT && runtime.needsConnect) ||
      (rules.command === SMFIC.MAIL && runtime.needsMail);
    if (!needed && !participants.some((each) => each.wants(rules))) steps |= rules.unwanted;
  }
  return steps;
}

/**
 * The union of the children's lists, stage by stage; for a child that did not ask there, the default list belongs to it
 * too. Nothing is asked for at a stage where no child asks: there the MTA's own setting holds.
 */
function macrosToAskFor(participants: readonly Participant[]): MacroLists {
  const lists = new Map<number, readonly string[]>();
  if (participants.every(({ macros }) => macros.size === 0)) return lists;
  for (const stage of Object.values(SMFIM)) {
    const asked = participants.flatMap(({ macros }) => macros.get(stage) ?? []);
    if (!participants.some(({ macros }) => macros.has(stage))) continue;
    const everyone = participants.every(({ macros }) => macros.has(stage));
    const defaults = everyone ? [] : (DEFAULT_MACROS.get(stage) ?? []);
    lists.set(stage, joinMacroLists([asked, defaults, OUR_MACROS.get(stage) ?? []]));
  }
  return lists;
}
