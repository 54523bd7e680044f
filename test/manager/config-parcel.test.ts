/** What workers serve under is what the supervisor read. */
import { deserialize, serialize } from 'node:v8';
import { expect, it } from 'vitest';
import { packConfiguration, unpackConfiguration } from '../../src/manager/program/config-parcel.ts';
import { readConfiguration } from '../../src/manager-config/read-configuration.ts';

it('arrives whole at another process, networks, patterns and sources too', () => {
  const text = `[manager]
detect = no
[remote_network]
local_address = 192.0.2.0/24, 2001:db8::/32
[s25r]
whitelist = /^mail/i, mx.example.org
[milter.x]
connection_spec = inet:10025@127.0.0.1
`;
  const read = readConfiguration({
    text,
    path: '/m.ini',
    detect: () => ({ milters: [], warnings: [] }),
  });
  // As node:cluster sends it (serialization: 'advanced').
  const sent = deserialize(serialize(packConfiguration(read))) as ReturnType<
    typeof packConfiguration
  >;
  const arrived = unpackConfiguration(sent);
  const { local_address, remote_address } = arrived.remote_network;
  const inside = ['192.0.2.0', '192.0.2.255', '192.0.3.0'].map((each) => local_address.check(each));
  expect(inside).toEqual([true, true, false]);
  expect(local_address.check('2001:db8::1', 'ipv6')).toBe(true);
  expect(local_address.check('2001:db9::1', 'ipv6')).toBe(false);
  expect(remote_address.rules).toEqual([]);
  expect({ ...arrived, remote_network: {} }).toEqual({ ...read, remote_network: {} });
  expect(arrived.s25r.whitelist.map(({ source, flags }) => [source, flags])).toEqual([
    ['^mail', 'i'],
    ['^mx\\.example\\.org$', ''],
  ]);
});
