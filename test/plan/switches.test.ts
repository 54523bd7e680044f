/** FreeBSD's enable flags are turned where they stand: a line of /etc/rc.conf counts nothing against a later file. */
import { describe, expect, it } from 'vitest';
import { detectMilters } from '../../src/milters/detect-milters.ts';
import { buildPlan } from '../../src/plan/build-plan.ts';
import type { WriteFile } from '../../src/change/change.ts';
import { gatherFacts } from '../../src/plan/facts.ts';
import { openTemplates } from '../../src/plan/package-files.ts';
import { withPlannedFiles } from '../../src/plan/planned-files.ts';
import type { Wish } from '../../src/plan/wish.ts';
import { FREEBSD, standInHost, type Files } from './stand-in-host.ts';

const SCRIPT = `#!/bin/sh
. /etc/rc.subr
name="miltergreylist"
rcvar="miltergreylist_enable"
load_rc_config $name
: \${miltergreylist_enable="NO"}
: \${miltergreylist_sockfile="/var/milter-greylist/milter-greylist.sock"}
run_rc_command "$1"
`;
const HOST: Files = {
  ...FREEBSD,
  '/usr/local/etc/rc.d/milter-greylist': SCRIPT,
  '/usr/local/etc/mail/greylist.conf': 'racl greylist default\n',
  '/usr/local/sbin/postfix': '',
  '/etc/rc.conf': 'hostname="mx.example.com"\n',
};
const WISH: Wish = {
  ...{ on: [], off: [], remove: [], defaultAction: 'accept', smtpConnections: 100 },
  ...{ localNetworks: [], greylistDelay: '10m', dkimDomain: '', dkimSelector: 'mail' },
  dmarcFailures: 'mark',
};

/** Whether milter-greylist is enabled after the plan, and the files of its flag that the plan writes. */
async function after(files: Files, wish: Partial<Wish>) {
  const host = standInHost({ ...HOST, ...files });
  const facts = await gatherFacts(host);
  const plan = buildPlan(
    host,
    facts,
    { ...WISH, ...wish },
    { templates: openTemplates(), nonce: 'n' },
  );
  const writes = plan.changes.filter((each): each is WriteFile => each.kind === 'write-file');
  const texts = new Map(writes.map(({ path, after: text }) => [path, text ?? '']));
  const { milters } = detectMilters(withPlannedFiles(host, texts), 'freebsd');
  return {
    enabled: milters.find(({ name }) => name === 'milter-greylist')?.enabled,
    paths: [...texts.keys()].filter((path) => path.startsWith('/etc/rc.conf')),
  };
}

const PLACES = ['/etc/rc.conf', '/etc/rc.conf.local', '/etc/rc.conf.d/miltergreylist'];

describe.each(PLACES)('a flag in %s', (path) => {
  const flag = (value: string): Files => ({ [path]: `miltergreylist_enable="${value}" # ours\n` });

  it('is turned off there', async () => {
    expect(await after(flag('YES'), { off: ['milter-greylist'] })).toEqual({
      enabled: false,
      paths: [path],
    });
  });

  it('is turned on there', async () => {
    const { enabled, paths } = await after(flag('NO'), { on: ['milter-greylist'] });
    expect(enabled).toBe(true);
    expect(paths).toContain(path);
  });
});

it('is written into rc.conf where only the script has a default', async () => {
  expect((await after({}, { on: ['milter-greylist'] })).enabled).toBe(true);
});

it('is of the name that the script asks for', async () => {
  const other = {
    '/usr/local/etc/rc.d/milter-greylist': SCRIPT.replaceAll('miltergreylist_enable', 'mg_enable'),
    '/etc/rc.conf': 'mg_enable="YES"\n',
  };
  expect(await after(other, {})).toMatchObject({ enabled: true });
  expect(await after(other, { off: ['milter-greylist'] })).toEqual({
    enabled: false,
    paths: ['/etc/rc.conf'],
  });
});
