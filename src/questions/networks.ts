/** Networks in CIDR notation, strictly: what the manager would have to guess about is refused here. */
import { isIPv4, isIPv6 } from 'node:net';

/**
 * A network in one spelling: `192.0.2.0/24`, `2001:db8::/32`; an address alone is the network of that one host
 * (`192.0.2.1` is `192.0.2.1/32`). Bits behind the prefix must be zero, as in Postfix's mynetworks.
 */
export function parseNetwork(word: string): { value: string } | { problem: string } {
  const [address = '', prefix, ...rest] = word.split('/');
  const bits = isIPv4(address) ? 32 : isIPv6(address) && !address.includes('%') ? 128 : undefined;
  if (bits === undefined || rest.length > 0) {
    return { problem: `"${word}" is not a network: write it as 192.0.2.0/24 or 2001:db8::/32` };
  }
  if (prefix === undefined) return { value: `${address.toLowerCase()}/${bits}` };
  if (!/^(0|[1-9]\d{0,2})$/.test(prefix) || Number(prefix) > bits) {
    return { problem: `"${word}": the prefix length after the slash must be 0 to ${bits}` };
  }
  if (prefix === '0') return { problem: `"${word}" would make every address local` };
  const number = bits === 32 ? ipv4Number(address) : ipv6Number(address);
  const host = BigInt(bits - Number(prefix));
  const first = (number >> host) << host;
  if (first !== number) {
    const meant = bits === 32 ? ipv4Text(first) : ipv6Text(first);
    return { problem: `"${word}" has bits behind its prefix: did you mean ${meant}/${prefix}?` };
  }
  return { value: `${address.toLowerCase()}/${prefix}` };
}

function ipv4Number(address: string): bigint {
  return address.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}

function ipv4Text(number: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => ((number >> shift) & 255n).toString()).join('.');
}

function ipv6Number(address: string): bigint {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  if (dotted) {
    const tail = ipv4Number(dotted[2]!);
    return ipv6Number(
      `${dotted[1]!}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`,
    );
  }
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array<string>(8 - before.length - after.length).fill('0');
  return [...before, ...zeros, ...after].reduce(
    (sum, group) => (sum << 16n) | BigInt(`0x${group}`),
    0n,
  );
}

/** The URL parser writes an IPv6 address in its shortest form (RFC 5952). */
function ipv6Text(number: bigint): string {
  const digits = number.toString(16).padStart(32, '0');
  return new URL(`http://[${digits.match(/.{4}/g)!.join(':')}]`).hostname.slice(1, -1);
}
