import { describe, expect, it } from 'vitest';
import { connectPacket, formatClient, parseClient } from '../../src/protocol/client-address.ts';

const data = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('the client in SMFIC_CONNECT', () => {
  it('is an IPv4 address with its port', () => {
    const client = parseClient(data('mx.example.org\x004\x9c\x40192.0.2.10\0'));
    expect(client).toEqual({
      host: 'mx.example.org',
      address: { family: 'inet', address: '192.0.2.10', port: 40000 },
    });
    expect(formatClient(client)).toBe('mx.example.org[192.0.2.10]');
  });

  it('is an IPv6 address, with or without the IPv6: of Sendmail', () => {
    const address = { family: 'inet6', address: '2001:db8::1', port: 25 };
    expect(parseClient(data('unknown\x006\0\x19IPv6:2001:db8::1\0')).address).toEqual(address);
    expect(parseClient(data('unknown\x006\0\x192001:db8::1\0')).address).toEqual(address);
  });

  it('is a UNIX socket, or unknown', () => {
    expect(parseClient(data('localhost\0L\0\0/tmp/s\0')).address).toEqual({
      family: 'unix',
      path: '/tmp/s',
    });
    expect(parseClient(data('localhost\0U')).address).toEqual({ family: 'unknown' });
    expect(parseClient(data('cut off')).address).toEqual({ family: 'unknown' });
  });

  it('is written as it was read', () => {
    for (const text of ['a\x004\0\x19192.0.2.1\0', 'a\x006\0\x19::1\0', 'a\0L\0\0/s\0', 'a\0U']) {
      expect(
        connectPacket(parseClient(data(text)))
          .toString('latin1')
          .slice(5),
      ).toBe(text);
    }
  });
});
