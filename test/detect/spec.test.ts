/** Sockets in every notation of the programs, in ours. */
import { describe, expect, it } from 'vitest';
import { fromRspamdSocket, normaliseSpec } from '../../src/detect/spec.ts';

describe('libmilter’s notation', () => {
  it.each([
    ['/var/run/x.sock', 'unix:/var/run/x.sock'],
    ['unix:/var/run/x.sock', 'unix:/var/run/x.sock'],
    ['local:/var/run/x.sock', 'unix:/var/run/x.sock'],
    ['unix:local:/var/run/x.sock', 'unix:/var/run/x.sock'],
    ['unix:unix:/var/run/x.sock', 'unix:/var/run/x.sock'],
    ['Local:/var/run/x.sock', 'unix:/var/run/x.sock'],
    ['UNIX:/var/run/x.sock', 'unix:/var/run/x.sock'],
    ['INET:8891@localhost', 'inet:8891@localhost'],
    ['inet:8891@localhost', 'inet:8891@localhost'],
    ['inet:8891@127.0.0.1', 'inet:8891@[127.0.0.1]'],
    ['inet:8891@[127.0.0.1]', 'inet:8891@[127.0.0.1]'],
    ['inet6:8891@::1', 'inet6:8891@[::1]'],
    // Where it listens on every interface, this host is where to connect.
    ['inet:8891', 'inet:8891@localhost'],
    ['inet:8891@0.0.0.0', 'inet:8891@[127.0.0.1]'],
    ['inet6:8891', 'inet6:8891@[::1]'],
    ['inet6:8891@[::]', 'inet6:8891@[::1]'],
  ])('%s is %s', (written, ours) => {
    expect(normaliseSpec(written)).toBe(ours);
  });

  it.each([
    'inet:port@localhost',
    'inet:127.0.0.1:8891',
    'tcp:8891',
    'inet:8891@localhost # the default',
    'local:spamass.sock',
    '',
    'spamass.sock',
    `/${'x'.repeat(110)}`,
  ])('%s cannot be used', (written) => {
    expect(() => normaliseSpec(written)).toThrow(/./);
  });
});

describe('rspamd’s notation', () => {
  it.each([
    ['localhost:11332', 'inet:11332@localhost'],
    ['localhost', 'inet:11332@localhost'],
    ['*:11332', 'inet:11332@localhost'],
    ['*', 'inet:11332@localhost'],
    ['*v4:9900', 'inet:9900@[127.0.0.1]'],
    ['*v6:9900', 'inet6:9900@[::1]'],
    ['127.0.0.1:9900', 'inet:9900@[127.0.0.1]'],
    ['[::1]:9900', 'inet6:9900@[::1]'],
    ['/run/rspamd/milter.sock mode=0660 owner=_rspamd', 'unix:/run/rspamd/milter.sock'],
  ])('%s is %s', (written, ours) => {
    expect(normaliseSpec(fromRspamdSocket(written, 11332))).toBe(ours);
  });

  it('is not known where systemd listens for it', () => {
    expect(() => normaliseSpec(fromRspamdSocket('systemd:0', 11332))).toThrow(/systemd/);
  });
});
