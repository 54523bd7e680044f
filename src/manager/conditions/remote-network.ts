/** Remote Network: apply to clients from outside; unlike in the C program, IPv6 unique local addresses are inside. */
import { BlockList } from 'node:net';
import type { Configuration } from '../../manager-config/config.ts';
import type { Condition } from './condition.ts';

const LOCAL = new BlockList();
LOCAL.addSubnet('127.0.0.0', 8, 'ipv4');
LOCAL.addSubnet('10.0.0.0', 8, 'ipv4');
LOCAL.addSubnet('172.16.0.0', 12, 'ipv4');
LOCAL.addSubnet('192.168.0.0', 16, 'ipv4');
LOCAL.addAddress('::1', 'ipv6');
LOCAL.addSubnet('fe80::', 10, 'ipv6');
LOCAL.addSubnet('fc00::', 7, 'ipv6');

export function remoteNetwork(settings: Configuration['remote_network']): Condition {
  return {
    atConnect: ({ client: { address } }) => {
      switch (address.family) {
        case 'unknown':
          return 'client address is unknown';
        case 'unix':
          return 'client is local';
        case 'inet':
        case 'inet6': {
          const family = address.family === 'inet' ? 'ipv4' : 'ipv6';
          const ip = address.address.replace(/%.*$/, '');
          if (settings.remote_address.check(ip, family)) return undefined;
          const local = LOCAL.check(ip, family) || settings.local_address.check(ip, family);
          return local ? 'client is in a local network' : undefined;
        }
      }
    },
  };
}
