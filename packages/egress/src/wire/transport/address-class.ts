import ipaddr from 'ipaddr.js';

/**
 * How far an address reaches. `inner` are addresses that only the machine itself should use:
 * link-local, unspecified, multicast, reserved. `metadata` is never connected to.
 */
export type AddressClass = 'public' | 'private' | 'loopback' | 'inner' | 'metadata';

/**
 * Address classes by the range names of ipaddr.js (IANA special-purpose registries, RFC 6890).
 * Carrier-grade NAT is in real use as a private network (overlay networks, pod networks).
 */
const CLASS_OF_RANGE: Readonly<Record<string, AddressClass>> = {
  unicast: 'public',
  private: 'private',
  uniqueLocal: 'private',
  carrierGradeNat: 'private',
  loopback: 'loopback',
};

/**
 * Addresses where clouds give a machine its credentials: first that of AWS, Azure, Google and others;
 * AWS and Google by IPv6; those of AWS's containers (ECS, and Pod Identity of EKS in both families);
 * Alibaba; Oracle; and Azure's agent, at an address that looks public.
 */
const METADATA = new Set([
  '169.254.169.254',
  'fd00:ec2::254',
  'fd20:ce::254',
  '169.254.170.2',
  '169.254.170.23',
  'fd00:ec2::23',
  '100.100.100.200',
  '192.0.0.192',
  '168.63.129.16',
]);

/** Reserved for benchmarks. Some transparent proxies answer every name with one of these addresses. */
const BENCHMARKING = ipaddr.IPv4.parseCIDR('198.18.0.0/15');

/** The class of an address in text form, without brackets. Other text is `inner`. */
export function classifyAddress(address: string): AddressClass {
  const text = address.replace(/%.*$/, '');
  if (!ipaddr.isValid(text)) return 'inner';
  const parsed = ipaddr.process(text);
  return parsed instanceof ipaddr.IPv4 ? classifyIpv4(parsed) : classifyIpv6(parsed);
}

/** May an upstream with an address of class `from` send us on to one of class `to`? */
export function mayLead(from: AddressClass, to: AddressClass): boolean {
  if (to === 'public') return true;
  if (to === 'private') return from !== 'public';
  return to === 'loopback' && from === 'loopback';
}

/** The address, or the IPv4 address embedded in it. Undefined for other text. */
export function innermostAddress(address: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const text = address.replace(/%.*$/, '');
  if (!ipaddr.isValid(text)) return undefined;
  const parsed = ipaddr.process(text);
  return parsed instanceof ipaddr.IPv4 ? parsed : (embeddedIpv4(parsed) ?? parsed);
}

function embeddedIpv4(address: ipaddr.IPv6): ipaddr.IPv4 | undefined {
  const start = embeddedIpv4At(address);
  if (start === undefined) return undefined;
  return new ipaddr.IPv4(address.toByteArray().slice(start, start + 4));
}

function classifyIpv4(address: ipaddr.IPv4): AddressClass {
  if (METADATA.has(address.toString())) return 'metadata';
  if (address.match(BENCHMARKING)) return 'private';
  return CLASS_OF_RANGE[address.range()] ?? 'inner';
}

function classifyIpv6(address: ipaddr.IPv6): AddressClass {
  if (METADATA.has(address.toString())) return 'metadata';
  const range = address.range();
  const inner = embeddedIpv4(address);
  if (inner !== undefined) return classifyIpv4(inner);
  // Global unicast is 2000::/3. ipaddr.js calls every unknown range `unicast`.
  if (range === 'unicast' && ((address.parts[0] ?? 0) & 0xe000) !== 0x2000) return 'inner';
  return CLASS_OF_RANGE[range] ?? 'inner';
}

/** Offset of the IPv4 address in 6to4 (RFC 3056) and NAT64 (RFC 6052, `/96`), in bytes. */
function embeddedIpv4At(address: ipaddr.IPv6): number | undefined {
  const range = address.range();
  if (range === '6to4') return 2;
  // 64:ff9b:1::/48 is for local use, with the IPv4 address anywhere.
  return range === 'rfc6052' && address.parts[2] === 0 ? 12 : undefined;
}
