/** `smtpd_milter_maps`: clients whose milters are others than those of `smtpd_milters` (postconf(5), Postfix 3.2). */
import { elementsOf } from '../edit/main-cf-list.ts';
import { logicalLines } from '../edit/main-cf-parse.ts';
import { splitLines } from '../edit/text.ts';
import { type HostReader, readText } from '../host/host.ts';
import { SetupError } from '../host/setup-error.ts';
import type { Parameters } from './parameters.ts';

export interface ClientException {
  /** A key of the table: `192.0.2.0/24`; the table where it cannot be read: `mysql:/etc/postfix/milters`. */
  readonly clients: string;
  /** None where the table says DISABLE; undefined elements are not known. */
  readonly elements: readonly string[];
  /** Whether the table could be read. */
  readonly known: boolean;
  /** `/etc/postfix/milter_map:2`. */
  readonly source: string;
}

/** Tables of lines `KEY VALUE`, whose text lies beside what is looked up (DATABASE_README). */
const TEXT_TABLES = ['cidr', 'regexp', 'pcre', 'texthash', 'hash', 'btree', 'lmdb', 'cdb', 'dbm'];

export function exceptionsOf(host: HostReader, parameters: Parameters): readonly ClientException[] {
  const set = parameters.setting('smtpd_milter_maps');
  if (set === undefined) return [];
  return elementsOf(parameters.value('smtpd_milter_maps')).flatMap(({ text: table }) => {
    const [, type = '', path = ''] = /^(\w+):([^]*)$/.exec(table) ?? [];
    const text = TEXT_TABLES.includes(type) ? textOf(host, path) : undefined;
    if (type === 'inline' || type === 'static' || text === undefined) {
      return [{ clients: table, elements: [], known: false, source: set.source }];
    }
    return logicalLines(splitLines(text)).flatMap(({ text: line, first }): ClientException[] => {
      const [, clients, value] = /^(\S+)\s+([^]*\S)/.exec(line) ?? [];
      if (clients === undefined || value === undefined) return [];
      const elements =
        value.toUpperCase() === 'DISABLE'
          ? []
          : elementsOf(parameters.expanded(value)).map((each) => each.text);
      return [{ clients, elements, known: true, source: `${path}:${first + 1}` }];
    });
  });
}

function textOf(host: HostReader, path: string): string | undefined {
  try {
    return readText(host, path);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return undefined;
  }
}
