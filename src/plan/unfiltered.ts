/** Ways into Postfix on which the manager is not asked, sees no content, or does what a filter does, too: notes of a plan. */
import { KNOWN_MILTERS } from '../milters/known-milters.ts';
import { asksAt, type Entrance } from '../postfix/entrances.ts';
import { reaches } from '../postfix/notation.ts';
import { type Instance, instancesOf, type Postfix } from '../postfix/postfix.ts';

/**
 * @param postfix as it is after the plan @param spec where the manager listens
 * @param behind names of the milters behind it
 */
export function unfilteredNotes(
  postfix: Postfix,
  spec: string,
  behind: readonly string[],
): readonly string[] {
  const notes = instancesOf(postfix).flatMap((instance) => {
    const asks = (entrance: Entrance): boolean => asksAt(entrance, spec, instance.queueDirectory);
    return instance.entrances.flatMap((entrance) => [
      ...unfiltered(instance, entrance, asks(entrance)),
      ...exceptions(instance, entrance, spec),
      ...twice(instance, entrance, asks),
      ...withoutContent(instance, entrance, asks),
      ...doneTwice(entrance, asks(entrance), behind),
    ]);
  });
  // A filter of main.cf is that of several ways.
  return [...new Set(notes)];
}

function unfiltered(
  { directory }: Instance,
  entrance: Entrance,
  asked: boolean,
): readonly string[] {
  const { name, service, off, asker, reentry } = entrance;
  // Mail of cron and of the sendmail command: whoever has no list for it wants none.
  const wanted = service.command === 'smtpd' || off !== undefined || entrance.asked.length > 0;
  if (asked || reentry || !wanted) return [];
  const own = asker?.own ? asker.parameters.setting(asker.parameter) : undefined;
  const why = off
    ? `${off.source}: ${off.setting}`
    : own
      ? `${own.source}: ${asker!.parameter} = ${own.value}`
      : undefined;
  const where = why?.replace(/\s+/g, ' ') ?? `${directory}/master.cf:${service.line}: ${name}`;
  return [
    `${where}: mail that comes by ${name} is not filtered by the manager. It was left alone.`,
  ];
}

function exceptions(
  { queueDirectory }: Instance,
  { name, asker, exceptions: all }: Entrance,
  spec: string,
): readonly string[] {
  if (asker === undefined) return [];
  const place = { chrooted: asker.chrooted, queueDirectory };
  return all
    .filter(({ elements }) => !elements.some((each) => reaches(each, spec, place)))
    .map(({ clients, known, elements, source }) => {
      const what = !known
        ? `what ${clients} says of a client`
        : elements.length === 0
          ? `no milter is asked about mail of ${clients}`
          : `mail of ${clients} goes to ${elements.join(', ')}`;
      return known
        ? `${source}: ${what} (smtpd_milter_maps of ${name}): the manager does not filter it. It was left alone.`
        : `${source}: ${what} counts before smtpd_milters: who is named there may be unfiltered. It was left alone.`;
    });
}

/** The manager is asked before the content filter and after it. */
function twice(
  { directory, entrances }: Instance,
  entrance: Entrance,
  asks: (entrance: Entrance) => boolean,
): readonly string[] {
  const { reentry, name, service } = entrance;
  if (!reentry || !asks(entrance)) return [];
  const before = entrances.find(({ filter }) => filter !== undefined);
  // Before the queue it has not seen the content yet.
  if (before?.filter?.parameter !== 'content_filter' || !asks(before)) return [];
  return [
    `${directory}/master.cf:${service.line}: mail that ${before.filter.value} gives back by ${name} is filtered again ` +
      `(${before.filter.source}). To spare it that: postconf -P ` +
      `'${name}/receive_override_options=no_milters', then postfix reload.`,
  ];
}

/**
 * MILTER_README, Limitations: before a filter that works before the queue, milters see the commands of a session and
 * nothing of its messages. Where it gives them back the client is the filter, on this host.
 */
function withoutContent(
  { entrances }: Instance,
  entrance: Entrance,
  asks: (entrance: Entrance) => boolean,
): readonly string[] {
  const { filter, name } = entrance;
  if (filter?.parameter !== 'smtpd_proxy_filter' || !asks(entrance)) return [];
  const back = entrances.filter((each) => each.reentry && asks(each)).map((each) => each.name);
  const where =
    back.length > 0
      ? `only ${back.join(', ')}, where ${filter.value} gives it back, shows it to the manager, and as mail of this host`
      : `and no way back from ${filter.value} shows it to the manager: no milter sees it`;
  return [
    `${filter.source}: ${filter.parameter} = ${filter.value}: the content of mail that comes by ${name} is not shown to ` +
      `milters there; ${where}. It was left alone.`,
  ];
}

/** A content filter after the queue does what a milter behind the manager has done already. */
function doneTwice(
  { filter }: Entrance,
  asked: boolean,
  behind: readonly string[],
): readonly string[] {
  if (filter === undefined || !asked) return [];
  const words = `${filter.value} ${filter.program ?? ''}`.toLowerCase();
  return KNOWN_MILTERS.filter(({ name, alsoDoneBy = [] }) => {
    return behind.includes(name) && alsoDoneBy.some((each) => words.includes(each));
  }).map(({ name }) => {
    const { source, parameter, value } = filter;
    return (
      `${source}: ${parameter} = ${value}: mail goes through that filter and through ${name}, which do the same. It was ` +
      `left alone; one of them is enough: take the filter out, or milter-setup disable ${name}.`
    );
  });
}
