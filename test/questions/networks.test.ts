import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseNetwork } from '../../src/questions/networks.ts';

test.each([
  ['192.0.2.0/24', '192.0.2.0/24'],
  ['192.0.2.1', '192.0.2.1/32'],
  ['198.51.100.128/25', '198.51.100.128/25'],
  ['2001:db8::/32', '2001:db8::/32'],
  ['2001:DB8:0:1::/64', '2001:db8:0:1::/64'],
  ['2001:db8::1', '2001:db8::1/128'],
  ['::ffff:192.0.2.0/120', '::ffff:192.0.2.0/120'],
])('%s is the network %s', (word, network) => {
  expect(parseNetwork(word)).toEqual({ value: network });
});

test.each([
  ['192.0.2/24', 'not a network'],
  ['192.0.2.256/24', 'not a network'],
  ['192.0.2.010/32', 'not a network'],
  ['mail.example.com', 'not a network'],
  ['192.0.2.0/24/8', 'not a network'],
  ['fe80::1%eth0', 'not a network'],
  ['2001:db8:::/32', 'not a network'],
  ['192.0.2.0/33', '0 to 32'],
  ['192.0.2.0/', '0 to 32'],
  ['192.0.2.0/024', '0 to 32'],
  ['192.0.2.0/255.255.255.0', '0 to 32'],
  ['2001:db8::/129', '0 to 128'],
  ['0.0.0.0/0', 'every address'],
  ['::/0', 'every address'],
  ['192.0.2.77/26', 'did you mean 192.0.2.64/26?'],
  ['2001:db8::1/64', 'did you mean 2001:db8::/64?'],
  ['2001:db8:1:2:3:4:5:6/47', 'did you mean 2001:db8::/47?'],
])('%s is refused: %s', (word, reason) => {
  expect(parseNetwork(word)).toEqual({ problem: expect.stringContaining(reason) as string });
});

test('the network that is suggested is one that is accepted', () => {
  const address = fc.oneof(fc.ipV4(), fc.ipV6());
  fc.assert(
    fc.property(address, fc.integer({ min: 1, max: 32 }), (host, prefix) => {
      const result = parseNetwork(`${host}/${prefix}`);
      if ('value' in result) return;
      const meant = /did you mean (.*)\?$/.exec(result.problem)?.[1];
      expect(meant).toBeDefined();
      expect(parseNetwork(meant!)).toEqual({ value: meant });
    }),
    { numRuns: 300 },
  );
});
