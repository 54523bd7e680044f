/**
 * Networks that are ours on every host, whatever is answered: loopback, and what is never routed (RFC 1918, RFC 4193, RFC
 * 4291). The manager's condition and the lists of the milters are made of them, so that none calls a client a stranger
 * whom another one signs for.
 */
export const OWN_NETWORKS = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::1/128',
  'fe80::/10',
  'fc00::/7',
] as const;
