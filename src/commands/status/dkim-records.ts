/** The DNS records of the keys that mail is signed with, as the milters' own configurations name those keys. */
import { readSetting } from '../../edit/editors.ts';
import { readText, type HostReader } from '../../host/host.ts';
import type { HostFacts } from '../../plan/facts.ts';

export interface DkimRecord {
  readonly milter: string;
  readonly domain: string;
  readonly selector: string;
  /** In the syntax of a zone file, as opendkim-genkey wrote it. */
  readonly record: string;
}

/** One for each enabled milter that signs with a single key of which opendkim-genkey left the record beside it. */
export function dkimRecords(host: HostReader, { milters }: HostFacts): readonly DkimRecord[] {
  return milters.flatMap(({ milter, setup, detected }) => {
    const conf = setup?.files.find(({ format }) => format === 'key-value')?.path;
    if (setup?.signs !== true || detected?.enabled !== true || conf === undefined) return [];
    const text = readText(host, conf) ?? '';
    const [domain, selector, key] = ['Domain', 'Selector', 'KeyFile'].map((name) =>
      readSetting('key-value', text, name),
    );
    if (domain === undefined || selector === undefined || key === undefined) return [];
    const record = readText(host, key.replace(/\.private$/, '.txt'));
    // Where the key's name has another ending, this is the key itself.
    if (record === undefined || !record.includes('v=DKIM1')) return [];
    return [{ milter: milter.name, domain, selector, record }];
  });
}
