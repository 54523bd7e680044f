/** A configuration as it travels to another process: all of it is data but its networks. */
import type { BlockList } from 'node:net';
import type { Configuration } from '../../manager-config/config.ts';
import { networks } from '../../manager-config/values.ts';

type Networks = Configuration['remote_network'];

export type PackedConfiguration = Omit<Configuration, 'remote_network'> & {
  readonly remote_network: { readonly [Key in keyof Networks]: string };
};

export function packConfiguration(configuration: Configuration): PackedConfiguration {
  const { local_address, remote_address } = configuration.remote_network;
  return {
    ...configuration,
    remote_network: { local_address: words(local_address), remote_address: words(remote_address) },
  };
}

export function unpackConfiguration(packed: PackedConfiguration): Configuration {
  const { local_address, remote_address } = packed.remote_network;
  return {
    ...packed,
    remote_network: {
      local_address: networks(local_address),
      remote_address: networks(remote_address),
    },
  };
}

/** Node tells a rule as `Subnet: IPv4 192.0.2.0/24`. */
function words(list: BlockList): string {
  return list.rules.map((rule) => rule.replace(/^.* /, '')).join(',');
}
