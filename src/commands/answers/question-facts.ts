/** What the questions know of the host. */
import { BlockList } from 'node:net';
import type { Host } from '../../host/host.ts';
import type { HostFacts } from '../../plan/facts.ts';
import { OWN_NETWORKS } from '../../manager-config/own-networks.ts';
import type { QuestionFacts } from '../../questions/question.ts';
import { localNetworksOf, NOTHING_TAKEN, takeOver } from '../../plan/take-over.ts';
import { parseNetwork } from '../../questions/networks.ts';
import { readLastAnswers } from './last-answers.ts';

export function questionFacts(host: Host, facts: HostFacts): QuestionFacts {
  const lastRun = readLastAnswers(host, facts.platform);
  const predecessor = facts.predecessor?.inUse === true;
  const limit = ownProcessLimit(facts);
  const networks = predecessor ? usableNetworks(facts) : ownNetworks(facts);
  // Those that the C program is told to leave out stay out.
  const found = predecessor ? facts.detected.filter(({ enabled }) => enabled) : facts.asked;
  const inUse = found.map(({ name }) => name).filter((name) => !leftOut(facts).includes(name));
  // Whoever wrote an action into main.cf wants it, whoever is asked there.
  const filtered =
    inUse.length > 0 ||
    predecessor ||
    facts.postfix.parameters.setting('milter_default_action') !== undefined;
  return {
    release: facts.release.title,
    offered: facts.milters
      .filter(({ setup }) => setup !== undefined)
      .map(({ milter, installed, detected }) => ({
        name: milter.name,
        title: milter.summary,
        summary: milter.summary,
        aliases: [milter.short],
        installed,
        enabled: detected?.enabled === true,
        inUse: inUse.includes(milter.name),
        conflicts: conflictsWith(facts, milter.name),
        ...(facts.knowsRunning &&
          detected?.service !== undefined && { running: facts.running.has(detected.service) }),
      })),
    ...(facts.unowned.length > 0 && { elsewhere: facts.unowned.map(({ usual }) => usual) }),
    ...(limit !== undefined && { smtpConnections: limit }),
    ...(predecessor && { predecessor }),
    ...(networks !== undefined && { localNetworks: networks }),
    ...(filtered && { defaultAction: presentAction(facts) }),
    ...(facts.names.domain !== undefined && { mailDomain: facts.names.domain }),
    signsAlready: facts.milters.some(({ setup }) => setup?.keepsKeys === true),
    ...(lastRun && { lastRun }),
    foundIn: foundIn(facts, filtered),
  };
}

/** Undefined where main.cf leaves it at what is built in. */
function ownProcessLimit({ postfix: { parameters } }: HostFacts): number | undefined {
  const set = parameters.setting('default_process_limit');
  return set && parameters.number('default_process_limit');
}

/** Where the host's own files have what is suggested. */
function foundIn(
  { platform, postfix, names, predecessor }: HostFacts,
  filtered: boolean,
): Readonly<Record<string, string>> {
  const main = `${platform.postfixDirectory}/main.cf`;
  return {
    ...(postfix.parameters.setting('default_process_limit') !== undefined && {
      'smtp-connections': `default_process_limit in ${main}`,
    }),
    ...(filtered &&
      postfix.parameters.setting('milter_default_action') !== undefined && {
        'default-action': `milter_default_action in ${main}`,
      }),
    ...(ownNetworks({ postfix }) !== undefined &&
      predecessor?.inUse !== true && { 'local-networks': `mynetworks in ${main}` }),
    ...(names.domainFrom !== undefined && { 'dkim-domain': names.domainFrom }),
  };
}

/** The milters that do the same work, whichever of the two names the other. */
function conflictsWith(
  { milters }: HostFacts,
  name: string,
): readonly { readonly with: string; readonly why: string }[] {
  return milters
    .filter(({ setup }) => setup !== undefined)
    .flatMap(({ milter }) =>
      (milter.conflicts ?? []).flatMap(({ milter: other, why }) => {
        if (milter.name === name) return [{ with: other, why }];
        return other === name ? [{ with: milter.name, why }] : [];
      }),
    );
}

/** What Postfix does now while a milter is down. */
function presentAction({ postfix }: HostFacts): NonNullable<QuestionFacts['defaultAction']> {
  const action = postfix.parameters.value('milter_default_action').toLowerCase();
  const known = ['accept', 'reject', 'quarantine', 'shutdown'] as const;
  return known.find((each) => each === action) ?? 'tempfail';
}

function leftOut(facts: HostFacts): readonly string[] {
  const { settings } = facts.predecessor?.inUse ? takeOver(facts, facts.detected) : NOTHING_TAKEN;
  return settings
    .filter(({ key, value }) => key === 'enabled' && value === 'no')
    .map(({ section }) => section.slice('milter.'.length));
}

function usableNetworks(facts: HostFacts): readonly string[] {
  return localNetworksOf(facts).flatMap((each) => {
    const parsed = parseNetwork(each);
    return 'value' in parsed ? [parsed.value] : [];
  });
}

/**
 * Public networks for which Postfix relays, as main.cf lists them; undefined where it lists none. With an exclusion among
 * them (`!192.0.2.7`) a list would say too much; tables (`hash:`, files) are left to who reads them.
 */
function ownNetworks({
  postfix: { parameters },
}: Pick<HostFacts, 'postfix'>): readonly string[] | undefined {
  if (parameters.setting('mynetworks') === undefined) return undefined;
  const words = parameters.value('mynetworks').split(/[\s,]+/);
  if (words.some((word) => word.startsWith('!'))) return undefined;
  const networks = words.flatMap((word) => {
    const parsed = parseNetwork(word.replace(/[[\]]/g, ''));
    return 'value' in parsed && !isOwnAnyway(parsed.value) ? [parsed.value] : [];
  });
  return networks.length > 0 ? networks : undefined;
}

const ANYWAY = new BlockList();
for (const network of [...OWN_NETWORKS, '::ffff:127.0.0.0/104']) {
  const [address = '', bits] = network.split('/');
  ANYWAY.addSubnet(address, Number(bits), address.includes(':') ? 'ipv6' : 'ipv4');
}

/** Loopback and private networks; a network that holds more than one of them is not. */
function isOwnAnyway(network: string): boolean {
  const [address = ''] = network.split('/');
  return ANYWAY.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
}
