import { describe, expect, it } from 'vitest';
import { postfixSocket, postfixSpellings } from '../../src/postfix/notation.ts';

const QUEUE = '/var/spool/postfix';

describe('the manager in main.cf', () => {
  it('is below the queue directory for a chrooted smtpd', () => {
    const spec = 'unix:/var/spool/postfix/milter-manager/milter-manager.sock';
    expect(postfixSocket(spec, QUEUE, true)).toBe('unix:/milter-manager/milter-manager.sock');
    expect(postfixSocket(spec, QUEUE, false)).toBe(spec);
  });

  it('is where it is for a smtpd that is not chrooted', () => {
    const spec = 'unix:/var/run/milter-manager/milter-manager.sock';
    expect(postfixSocket(spec, QUEUE, false)).toBe(spec);
  });

  it('has host before port, the other way round than for milters', () => {
    expect(postfixSocket('inet:11119@127.0.0.1', QUEUE, false)).toBe('inet:127.0.0.1:11119');
    expect(postfixSocket('inet6:11119@[::1]', QUEUE, false)).toBe('inet6:[::1]:11119');
  });
});

describe('the spellings under which main.cf may name a milter', () => {
  it('are /run and /var/run, which are one directory, by unix: and local:', () => {
    expect(postfixSpellings('unix:/var/run/clamav/clamav-milter.ctl', QUEUE)).toEqual([
      'unix:/var/run/clamav/clamav-milter.ctl',
      'local:/var/run/clamav/clamav-milter.ctl',
      'unix:/run/clamav/clamav-milter.ctl',
      'local:/run/clamav/clamav-milter.ctl',
    ]);
    expect(postfixSpellings('unix:/run/opendkim/opendkim.sock', QUEUE)).toContain(
      'unix:/var/run/opendkim/opendkim.sock',
    );
  });

  it('are paths inside the chroot, with and without a slash', () => {
    expect(postfixSpellings('unix:/var/spool/postfix/spamass/spamass.sock', QUEUE)).toEqual(
      expect.arrayContaining(['unix:/spamass/spamass.sock', 'unix:spamass/spamass.sock']),
    );
  });

  it('are all names of this host for a port of it, and one address for another host', () => {
    const own = postfixSpellings('inet:11120@[127.0.0.1]', QUEUE);
    expect(own).toEqual(expect.arrayContaining(['inet:127.0.0.1:11120', 'inet:localhost:11120']));
    expect(postfixSpellings('inet:8891', QUEUE)).toContain('inet:localhost:8891');
    expect(postfixSpellings('inet:8891@192.0.2.1', QUEUE)).not.toContain('inet:localhost:8891');
    expect(postfixSpellings('inet:8891@192.0.2.1', QUEUE)).toContain('inet:192.0.2.1:8891');
  });

  it('are none for what is no socket', () => {
    expect(postfixSpellings('nonsense', QUEUE)).toEqual([]);
  });
});
