import type { Fault } from './fault.ts';

/** Faults of the network between here and the registries. */
export const NETWORK_FAULTS = {
  'clock-off': {
    check: 'clock',
    severity: 'error',
    meaning:
      'The clock of this machine differs from those of the registries by more than a minute. Tokens, certificates and signatures of requests fail by it.',
    accepted: 'at most a minute of difference',
    advice: 'set the clock of the host by NTP: `timedatectl set-ntp true`, then `chronyc tracking`',
  },
  'upstream-clock-off': {
    check: 'clock',
    severity: 'warning',
    meaning:
      'The clock of one registry differs from ours and from those of the others. Its tokens may seem to have ended.',
    accepted: 'at most a minute of difference',
    advice: 'tell the operators of the registry',
  },
  'name-unknown': {
    check: 'names',
    severity: 'error',
    meaning: 'The name server says that a host does not exist.',
    accepted: 'a name with an address',
    advice: 'correct the name, or the name servers of the container: `podman run --dns ADDRESS`',
  },
  'name-silent': {
    check: 'names',
    severity: 'error',
    meaning: 'No name server answers, so no registry is found.',
    accepted: 'an answer within 6 seconds',
    advice:
      'look at /etc/resolv.conf of the container; choose another server by `podman run --dns ADDRESS`',
  },
  'name-slow': {
    check: 'names',
    severity: 'warning',
    meaning:
      'Each new connection waits for the name server. Often the first one in /etc/resolv.conf is down.',
    accepted: 'an answer within 2 seconds',
    advice: 'put a server that answers first into /etc/resolv.conf: `podman run --dns ADDRESS`',
  },
  'mtu-drops': {
    check: 'mtu',
    severity: 'error',
    meaning:
      'Small packets get through to the registry and large ones do not: a network in between has a smaller MTU, and drops what tells so (ICMP).',
    accepted: 'large packets that get through',
    advice:
      'give the network of the container a smaller MTU: `podman network create --opt mtu=1400 NAME`; or let the router clamp the MSS',
  },
  'tls-silent': {
    check: 'mtu',
    severity: 'error',
    meaning:
      'The host takes connections, and answers nothing in them: neither TLS nor anything small.',
    accepted: 'an answer to the TLS handshake',
    advice: 'look at the registry and at a firewall in between; a smaller MTU may help as well',
  },
  'ipv6-black-hole': {
    check: 'ipv6',
    severity: 'warning',
    meaning:
      'The name has addresses of IPv6, and connections to them get no answer, while IPv4 works. Each connection waits for a second.',
    accepted: 'IPv6 that works, or none',
    advice:
      'mend the route, or turn IPv6 off in the container: `--sysctl net.ipv6.conf.all.disable_ipv6=1`',
  },
  'ipv4-black-hole': {
    check: 'ipv6',
    severity: 'warning',
    meaning:
      'Connections by IPv4 get no answer, while IPv6 works. Each connection may wait for a second.',
    accepted: 'IPv4 that works',
    advice: 'mend the route or the firewall of IPv4',
  },
} as const satisfies Readonly<Record<string, Fault>>;
