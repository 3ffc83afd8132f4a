import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Host } from '../model/build.ts';

/** What this machine has to offer. */
export function inspectMachine(): Pick<Host, 'cpus' | 'hasIpv6'> {
  return { cpus: availableParallelism(), hasIpv6: existsSync('/proc/net/if_inet6') };
}
