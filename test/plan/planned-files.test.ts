import { expect, it } from 'vitest';
import { detectMilters } from '../../src/milters/detect-milters.ts';
import { withPlannedFiles } from '../../src/plan/planned-files.ts';
import { standInHost } from './stand-in-host.ts';

const RC_CONF = '/etc/rc.conf';

it('shows a host as the plan leaves it, and leaves the host alone', () => {
  const host = standInHost({
    '/etc/defaults/rc.conf': '',
    [RC_CONF]: 'hostname="mail"\n',
    '/usr/local/etc/rc.d/spamass-milter':
      '. /etc/rc.subr\nname="spamass_milter"\nrcvar="spamass_milter_enable"\nload_rc_config $name\n',
  });
  const text = 'spamass_milter_enable="YES"\nspamass_milter_socket="/run/\xe9.sock"\n';
  const planned = withPlannedFiles(host, new Map([[RC_CONF, text]]));

  expect(planned.read(RC_CONF)).toEqual(Buffer.from(text, 'latin1'));
  expect(planned.stat(RC_CONF)?.size).toBe(text.length);
  expect(detectMilters(planned, 'freebsd').milters).toMatchObject([
    { name: 'spamass-milter', enabled: true, connectionSpec: 'unix:/run/\xe9.sock' },
  ]);
  expect(detectMilters(host, 'freebsd').milters).toMatchObject([{ enabled: false }]);
  expect(host.read(RC_CONF)?.toString()).toBe('hostname="mail"\n');
});

it('has files that are not there yet', () => {
  const host = standInHost({ '/etc/passwd': '' });
  const planned = withPlannedFiles(host, new Map([['/etc/new.conf', 'x\n']]));
  expect(planned.stat('/etc/new.conf')).toMatchObject({ type: 'file', size: 2 });
  expect(planned.stat('/etc/other.conf')).toBeUndefined();
  expect(planned.read('/etc/passwd')?.toString()).toBe('');
});
