import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import type { BootFacts } from '../model/build.ts';

/** The container's limit, in either version of cgroups. */
const MEMORY_LIMITS = ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes'];

/** Debian's place of all trusted certificates in one file. Egress reads it too, by Node.js. */
const SYSTEM_CA = '/etc/ssl/certs/ca-certificates.crt';

/** The capacity of this machine, or of the container's share of it. */
export function inspectMachine(): Pick<
  BootFacts,
  'cpus' | 'hasIpv6' | 'memoryBytes' | 'openFiles' | 'systemCa'
> {
  return {
    cpus: availableParallelism(),
    hasIpv6: existsSync('/proc/net/if_inet6'),
    memoryBytes: readMemory(MEMORY_LIMITS.map(readIfThere), totalmem()),
    openFiles: readOpenFiles(readIfThere('/proc/self/limits')),
    systemCa: readIfThere(process.env.SSL_CERT_FILE ?? SYSTEM_CA),
  };
}

/** In bytes: the lowest of the limits (`max` is no limit) and of the machine's memory. */
export function readMemory(limits: readonly string[], totalBytes: number): number {
  const given = limits.map((text) => (/^\d+\s*$/.test(text) ? Number(text) : totalBytes));
  return Math.min(totalBytes, ...given);
}

/** The hard limit of open files, from the text of /proc/self/limits; 1024 where it has none. */
export function readOpenFiles(limits: string): number {
  const found = /^Max open files\s+\S+\s+(\d+|unlimited)/m.exec(limits)?.[1];
  return found === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(found ?? 1024);
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
