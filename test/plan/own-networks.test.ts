/** One answer to "which networks are ours", for the manager and in the list of every milter that has one. */
import { BlockList } from 'node:net';
import { describe, expect, it } from 'vitest';
import { questionFacts } from '../../src/commands/answers/question-facts.ts';
import { readSetting } from '../../src/edit/editors.ts';
import type { Format } from '../../src/edit/format.ts';
import { gatherFacts } from '../../src/plan/facts.ts';
import { buildPlan } from '../../src/plan/build-plan.ts';
import { openTemplates } from '../../src/plan/package-files.ts';
import type { WriteFile } from '../../src/change/change.ts';
import { DEFAULT_WISH } from './default-wish.ts';
import { DEBIAN, standInHost, type Files } from './stand-in-host.ts';

const CONF: Files = {
  ...DEBIAN,
  '/etc/hostname': 'mx1.example.com\n',
  '/usr/sbin/postfix': '',
  '/etc/postfix/main.cf': 'compatibility_level = 3.9\n',
  '/etc/postfix/master.cf': 'smtp inet n - y - - smtpd\n',
  '/usr/sbin/opendkim': '',
  '/etc/opendkim.conf': 'Socket local:/run/opendkim/opendkim.sock\n',
  '/usr/bin/pyspf-milter': '',
  '/etc/pyspf-milter/pyspf-milter.conf':
    'HELO_reject = Fail\nMail_From_reject = Fail\nInternalHosts = 127.0.0.1\n',
  '/usr/sbin/opendmarc': '',
  '/etc/opendmarc.conf': 'Syslog true\n',
};

async function written(on: readonly string[], path: string): Promise<string> {
  const host = standInHost(CONF);
  const wish = {
    ...DEFAULT_WISH,
    on,
    localNetworks: ['203.0.113.0/24'],
    dkimDomain: 'example.com',
  };
  const facts = await gatherFacts(host);
  const { changes } = buildPlan(host, facts, wish, { templates: openTemplates(), nonce: 'n' });
  const writes = changes.filter((each): each is WriteFile => each.kind === 'write-file');
  return writes.findLast((each) => each.path === path)?.after ?? '';
}

/** Clients that the manager takes for ours (its page says which), and some that it does not. */
const OURS = [
  '127.0.0.1',
  '10.1.2.3',
  '172.31.0.1',
  '192.168.7.7',
  '203.0.113.9',
  '::1',
  'fd00::1',
];
const OTHERS = ['198.51.100.1', '172.32.0.1', '2001:db8::1'];

describe('the networks that are ours', () => {
  it.each<readonly [string, string, Format]>([
    ['opendkim', '/etc/opendkim.conf', 'key-value'],
    ['pyspf-milter', '/etc/pyspf-milter/pyspf-milter.conf', 'key-value'],
  ])('are those of the manager in the list of %s', async (milter, path, format) => {
    const text = await written([milter], path);
    const list = new BlockList();
    for (const each of readSetting(format, text, 'InternalHosts')!.split(',')) {
      const [address = '', bits] = each.split('/');
      list.addSubnet(address, Number(bits), address.includes(':') ? 'ipv6' : 'ipv4');
    }
    const isIn = (address: string): boolean =>
      list.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
    expect(OURS.filter((each) => !isIn(each))).toEqual([]);
    expect(OTHERS.filter(isIn)).toEqual([]);
  });

  it.each([
    ['127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128', undefined],
    ['127.0.0.0/8 203.0.113.0/24, 10.0.0.0/8 [2001:db8::]/32', ['203.0.113.0/24', '2001:db8::/32']],
    ['127.0.0.0/8 $more', ['198.51.100.7/32']],
    ['hash:/etc/postfix/network /etc/postfix/file 203.0.113.0/24', ['203.0.113.0/24']],
    // An exclusion: a list without it would say too much.
    ['!203.0.113.7 203.0.113.0/24', undefined],
  ])('are suggested from mynetworks: %s', async (value, networks) => {
    const main = `compatibility_level = 3.9\nmore = 198.51.100.7\nmynetworks = ${value}\n`;
    const host = standInHost({ ...CONF, '/etc/postfix/main.cf': main });
    const facts = questionFacts(host, await gatherFacts(host));
    expect(facts.localNetworks).toEqual(networks);
    expect(facts.foundIn?.['local-networks']).toBe(
      networks && 'mynetworks in /etc/postfix/main.cf',
    );
  });
});

describe('a sender that SPF disowns', () => {
  const path = '/etc/pyspf-milter/pyspf-milter.conf';
  const verdict = async (...on: readonly string[]): Promise<string | undefined> =>
    readSetting('key-value', await written(on, path), 'Mail_From_reject');

  it('is refused by pyspf-milter alone, and judged by opendmarc where that is there', async () => {
    expect(await verdict('pyspf-milter')).toBe('Fail');
    expect(await verdict('pyspf-milter', 'opendmarc')).toBe('False');
  });
});
