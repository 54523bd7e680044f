/** Remote Network: apply to clients from outside; unlike in the C program, IPv6 unique local addresses are inside. */
import { BlockList } from 'node:net';
import type { Configuration } from '../../manager-config/config.ts';
import { OWN_NETWORKS } from '../../manager-config/own-networks.ts';
import type { Condition } from './condition.ts';

const LOCAL = new BlockList();
for (const network of OWN_NETWORKS) {
  const [address = '', bits] = network.split('/');
  LOCAL.addSubnet(address, Number(bits), address.includes(':') ? 'ipv6' : 'ipv4');
}

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
