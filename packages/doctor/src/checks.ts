import type { Check } from './check.ts';
import { checkBucket } from './checks/bucket.ts';
import { checkCertificate } from './checks/certificate.ts';
import { checkClock } from './checks/clock.ts';
import { checkCollectors } from './checks/collectors.ts';
import { checkDisk } from './checks/disk.ts';
import { checkIngress } from './checks/ingress.ts';
import { checkInputs } from './checks/inputs.ts';
import { checkIpv6 } from './checks/ipv6.ts';
import { checkLogins } from './checks/logins.ts';
import { checkMachine } from './checks/machine.ts';
import { checkMtu } from './checks/mtu.ts';
import { checkNames } from './checks/names.ts';
import { checkPeers } from './checks/peers.ts';
import { checkPorts } from './checks/ports.ts';
import { checkServices } from './checks/services.ts';
import { checkTrusted } from './checks/trusted.ts';
import { checkWays } from './checks/ways.ts';

/** Every check, in the order of the report. */
export const CHECKS: readonly Check[] = [
  {
    name: 'inputs',
    tries: 'whether settings and files can be read and understood, as at a start',
    run: checkInputs,
  },
  {
    name: 'certificate',
    tries: 'the end, names and chain of the certificate that clients see',
    run: checkCertificate,
  },
  {
    name: 'trusted',
    tries: 'the end of authorities that you trust, and of client certificates (mTLS)',
    run: checkTrusted,
  },
  { name: 'clock', tries: 'our clock, by the `Date` of the registries', run: checkClock },
  {
    name: 'names',
    tries: 'whether each name has an address, and how long that takes',
    run: checkNames,
  },
  {
    name: 'ways',
    tries: 'the way of egress to each registry and mirror: proxies, connection, TLS, GET `/v2/`',
    run: checkWays,
  },
  {
    name: 'mtu',
    tries: 'whether large packets get through where small ones do',
    run: checkMtu,
  },
  { name: 'ipv6', tries: 'connections by IPv6 and IPv4, each by itself', run: checkIpv6 },
  {
    name: 'logins',
    tries: "each registry's challenge, its token service, and the login of the pull secret",
    run: checkLogins,
  },
  {
    name: 'disk',
    tries: 'space, inodes, mount, owner and symbolic links of the store',
    run: checkDisk,
  },
  {
    name: 'machine',
    tries: 'limits of memory, open files and processes',
    run: checkMachine,
  },
  {
    name: 'ports',
    tries: 'whether each port can be taken; while the cache runs, its ports are its own',
    run: checkPorts,
  },
  {
    name: 'peers',
    tries: 'each replica of `PEERS`, with the secret of the peers',
    run: checkPeers,
  },
  {
    name: 'bucket',
    tries: 'the object store: its answer, the credentials, the rule that deletes',
    run: checkBucket,
  },
  {
    name: 'collectors',
    tries: 'connections to the log collectors of `LOG_FORWARD`, and their certificates',
    run: checkCollectors,
  },
  {
    name: 'services',
    tries:
      'connections to the issuers of tokens, to scanners and to the collector of traces, and their certificates',
    run: checkServices,
  },
  {
    name: 'ingress',
    tries: 'settings for an ingress in front that let too much in',
    run: checkIngress,
  },
];
