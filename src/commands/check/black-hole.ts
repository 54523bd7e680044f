/**
 * An address whose mail goes nowhere, on any Postfix as it is: `double_bounce_sender` (postconf(5): "All mail to this
 * address is silently discarded"). smtpd takes it whatever recipients there are, the queue manager throws it away before
 * any delivery, so nothing has to be configured and nothing to be restored. At `[127.0.0.1]` it is an address of this
 * very host, whatever mydestination and relayhost say.
 */
import { elementsOf } from '../../edit/main-cf-list.ts';
import type { Host } from '../../host/host.ts';

export interface BlackHole {
  readonly address: string;
  /** Why a copy of a test mail would get to somebody; empty where none would. */
  readonly leaks: readonly string[];
  /** Who is told of the test mails. */
  readonly notices: readonly string[];
}

const DOMAIN = '[127.0.0.1]';
const MAPS = [
  ...['virtual_alias_maps', 'canonical_maps', 'recipient_canonical_maps'],
  ...['sender_bcc_maps', 'recipient_bcc_maps'],
];

/** @param directory of an instance other than the first */
export async function findBlackHole(host: Host, directory?: string): Promise<BlackHole> {
  const where = directory === undefined ? [] : ['-c', directory];
  const value = await postconf(host, where, [
    ...['double_bounce_sender', 'always_bcc', 'notify_classes', ...MAPS],
  ]);
  const local = value('double_bounce_sender') || 'double-bounce';
  const address = `${local}@${DOMAIN}`;
  const copies = value('always_bcc');
  const hits = await Promise.all(
    MAPS.map(async (name) =>
      (await isIn(host, where, [address, local, `@${DOMAIN}`], value(name))) ? name : undefined,
    ),
  );
  return {
    address,
    leaks: [
      ...(copies === '' ? [] : [`always_bcc = ${copies} gets a copy of each mail`]),
      ...hits
        .filter((name) => name !== undefined)
        .map((name) => `${name} leads mail to ${address} elsewhere`),
    ],
    notices: /\bpolicy\b/.test(value('notify_classes'))
      ? ['notify_classes has "policy": the postmaster is told of each refused test mail']
      : [],
  };
}

/** The values that Postfix uses, `$names` in them replaced. */
async function postconf(
  host: Host,
  where: readonly string[],
  names: readonly string[],
): Promise<(name: string) => string> {
  const values = new Map<string, string>();
  let wanted = names;
  for (let depth = 0; wanted.length > 0 && depth < 5; depth += 1) {
    const { stdout } = await host.run(['postconf', ...where, ...wanted], { timeout: 20_000 });
    for (const [, name, value] of stdout.matchAll(/^(\w+) = ?(.*)$/gm)) values.set(name!, value!);
    wanted = [...values.values()]
      .flatMap((value) => [...value.matchAll(NAME)].map((match) => match[1]!))
      .filter((name) => !values.has(name));
  }
  const expand = (text: string, depth = 0): string =>
    depth > 5
      ? text
      : text.replace(NAME, (_all, name: string) => expand(values.get(name) ?? '', depth + 1));
  return (name) => expand(values.get(name) ?? '').trim();
}

const NAME = /\$[({]?(\w+)[)}]?/g;

/** Whether one of the tables has one of the keys. */
async function isIn(
  host: Host,
  where: readonly string[],
  keys: readonly string[],
  tables: string,
): Promise<boolean> {
  const queries = elementsOf(tables).flatMap(({ text }) => keys.map((key) => [key, text] as const));
  const found = await Promise.all(
    queries.map(async ([key, table]) => {
      const { stdout } = await host.run(['postmap', ...where, '-q', key, table], {
        timeout: 20_000,
      });
      return stdout.trim() !== '';
    }),
  );
  return found.includes(true);
}
