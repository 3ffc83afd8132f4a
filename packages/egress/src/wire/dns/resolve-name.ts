import { type LookupAddress, promises } from 'node:dns';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { findInHosts } from './hosts-file.ts';
import { listFullNames } from './search-list.ts';

export interface ResolveNameOptions {
  /** Time limit for the whole name, with all its queries. */
  readonly limitMs: number;
  /** Name servers as `ADDRESS:PORT`, instead of those of resolv.conf. */
  readonly servers?: readonly string[];
  readonly hostsFile?: string;
  readonly resolvConf?: string;
}

/** Time limit of one query. After it the next server is asked, or the same one again. */
const TRY_MS = 1_000;
const TRIES = 4;
/** How long the addresses of one family wait for those of the other. */
const OTHER_FAMILY_MS = 300;
const LOOPBACK: readonly LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

/**
 * Finds the addresses of a name like the system, in the hosts file or by DNS, but without
 * getaddrinfo. While a name server is silent, getaddrinfo would block a thread of a small pool.
 * Reads resolv.conf for each name, so that a change counts at once.
 * @throws Error with code ENOTFOUND, ETIMEOUT after `limitMs`, or EAI_AGAIN.
 */
export async function resolveName(
  name: string,
  options: ResolveNameOptions,
): Promise<LookupAddress[]> {
  const { limitMs, servers, hostsFile = '/etc/hosts', resolvConf = '/etc/resolv.conf' } = options;
  const known = findInHosts(await readText(hostsFile), name.replace(/\.$/, ''));
  if (known.length > 0) return known;
  // RFC 6761, section 6.3: no name server is asked for these.
  if (/(?:^|\.)localhost\.?$/i.test(name)) return [...LOOPBACK];
  const resolver = new promises.Resolver({ timeout: TRY_MS, tries: TRIES });
  if (servers !== undefined) resolver.setServers(servers);
  const late = setTimeout(() => resolver.cancel(), limitMs);
  try {
    for (const full of listFullNames(await readText(resolvConf), name)) {
      const found = await resolveBoth(resolver, full);
      if (found.length > 0) return found;
    }
    throw failure('ENOTFOUND', name);
  } finally {
    clearTimeout(late);
    resolver.cancel();
  }
}

/** Addresses of both families of one full name. Empty if it has none. */
async function resolveBoth(resolver: promises.Resolver, name: string): Promise<LookupAddress[]> {
  const four = resolver
    .resolve4(name)
    .then((all) => all.map((address) => ({ address, family: 4 })));
  const six = resolver.resolve6(name).then((all) => all.map((address) => ({ address, family: 6 })));
  const [first, second] = await Promise.all([orLate(four, six), orLate(six, four)]);
  const found = [first, second].flatMap((answer) => (Array.isArray(answer) ? answer : []));
  const [error] = [first, second].filter((answer) => answer instanceof Error);
  if (found.length === 0 && error !== undefined) throw error;
  return found;
}

/**
 * The answer, or the error if another try may help. Empty once the other family has waited long
 * enough.
 */
async function orLate(
  answer: Promise<LookupAddress[]>,
  other: Promise<LookupAddress[]>,
): Promise<LookupAddress[] | Error> {
  const waited = other.then(
    () => sleep(OTHER_FAMILY_MS, [], { ref: false }),
    () => answer,
  );
  return Promise.race([answer, waited]).catch((error: NodeJS.ErrnoException) => {
    switch (error.code) {
      case 'ENOTFOUND':
      case 'ENODATA':
      case 'EBADNAME':
        return [];
      case 'ETIMEOUT':
      case 'ECANCELLED':
        return failure('ETIMEOUT', '', error);
      default:
        return failure('EAI_AGAIN', '', error);
    }
  });
}

function failure(code: string, name: string, cause?: unknown): Error {
  return Object.assign(new Error(`${code} ${name}`.trim(), { cause }), { code });
}

/** An unreadable file counts as empty, as with the system's own resolver. */
async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}
