/** Ways into Postfix on which the manager is not asked, or asked twice, and why: notes of a plan. */
import { asksAt, type Entrance } from '../postfix/entrances.ts';
import { reaches } from '../postfix/notation.ts';
import { type Instance, instancesOf, type Postfix } from '../postfix/postfix.ts';

/** @param postfix as it is after the plan @param spec where the manager listens */
export function unfilteredNotes(postfix: Postfix, spec: string): readonly string[] {
  return instancesOf(postfix).flatMap((instance) => {
    const asks = (entrance: Entrance): boolean => asksAt(entrance, spec, instance.queueDirectory);
    return instance.entrances.flatMap((entrance) => [
      ...unfiltered(instance, entrance, asks(entrance)),
      ...exceptions(instance, entrance, spec),
      ...twice(instance, entrance, asks),
    ]);
  });
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
