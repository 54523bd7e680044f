/** Files of the milters that the sysadmin needs once all is done, such as the DNS record of a key. */
import { readText, type Host } from '../../host/host.ts';
import type { HostFacts } from '../../plan/facts.ts';
import { fillIn } from '../../plan/settings.ts';
import { templateValues, type Wish } from '../../plan/wish.ts';
import type { SuccessReport } from '../../ui/show-report.ts';

/** Of the milters that were set up; without those that are not there. */
export function shownFiles(
  host: Host,
  facts: HostFacts,
  wish: Wish,
): NonNullable<SuccessReport['shown']> {
  const values = templateValues(wish);
  return facts.milters
    .filter(({ milter }) => wish.on.includes(milter.name))
    .flatMap(({ setup }) => setup?.shows ?? [])
    .flatMap(({ title, path }) => {
      const text = readText(host, fillIn(path, values, path));
      return text === undefined ? [] : [{ title: fillIn(title, values, path), text }];
    });
}
