/** Each milter that Postfix's lists name, spoken to as Postfix does it: by its user, from within its chroot. */
import { userNamed } from '../host/accounts.ts';
import type { Host } from '../host/host.ts';
import type { HostFacts } from '../plan/facts.ts';
import type { Asker } from '../postfix/askers.ts';
import type { Entrance } from '../postfix/entrances.ts';
import { connectionSpecOf, ownSetting } from '../postfix/notation.ts';
import { type Instance, instancesOf } from '../postfix/postfix.ts';
import { type Obstacle, obstacleTo, rightsOf } from './access.ts';
import type { Connect, Tried } from './reach.ts';

/** One element of a list, as one kind of Postfix's services sees it. */
export interface Door {
  /** As it is written: `inet:localhost:8891`. */
  readonly element: string;
  /** In our spelling, as it is seen from outside of a chroot; undefined where Postfix cannot read it either. */
  readonly spec: string | undefined;
  readonly user: string;
  readonly asker: Asker;
  readonly instance: Instance;
  /** The ways in about whose mail it is asked: `smtp/inet`. */
  readonly entrances: readonly string[];
  /** What Postfix does without its answer. */
  readonly action: string;
  readonly obstacle: Obstacle | undefined;
  readonly tried: Tried | undefined;
}

export async function doorsOf(
  host: Host,
  facts: HostFacts,
  connect: Connect,
): Promise<readonly Door[]> {
  const found = instancesOf(facts.postfix).flatMap((instance) => elementsIn(instance));
  return await Promise.all(
    found.map(async (each): Promise<Door> => {
      const { chrooted } = each.asker;
      const place = { chrooted, queueDirectory: each.instance.queueDirectory };
      const spec = connectionSpecOf(host, each.element, place);
      const path = /^unix:(.*)$/.exec(spec ?? '')?.[1];
      const user = each.instance.parameters.value('mail_owner');
      const rights = rightsOf(host, user);
      const obstacle = path && rights ? obstacleTo(host, path, rights) : undefined;
      const known = spec !== undefined && userNamed(host, user) !== undefined;
      const tried = known ? await connect(user, spec) : undefined;
      const action =
        ownSetting(each.element, 'default_action') ??
        each.asker.parameters.value('milter_default_action');
      return { ...each, spec, user, action, obstacle, tried };
    }),
  );
}

type Element = Pick<Door, 'element' | 'asker' | 'instance' | 'entrances'>;

/** Each once for those who look from the same place and do the same without it. */
function elementsIn(instance: Instance): readonly Element[] {
  const found = new Map<string, Element>();
  for (const entrance of instance.entrances) {
    const { asker, name } = entrance;
    if (asker === undefined) continue;
    for (const element of namedBy(entrance)) {
      const action = asker.parameters.value('milter_default_action');
      const key = [element, asker.chrooted, action, asker.parameter].join('\n');
      const before = found.get(key);
      found.set(
        key,
        before
          ? { ...before, entrances: [...before.entrances, name] }
          : { element, asker, instance, entrances: [name] },
      );
    }
  }
  return [...found.values()];
}

/** Also for clients that have milters of their own. */
function namedBy({ asked, exceptions }: Entrance): readonly string[] {
  return [...new Set([...asked, ...exceptions.flatMap(({ elements }) => elements)])];
}
