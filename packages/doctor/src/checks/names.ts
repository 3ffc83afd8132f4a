import { isIP } from 'node:net';
import { formatDuration, formatMany } from '@registry-cache/domain';
import { type CheckContext, type CheckOutcome, INPUT_IS_BROKEN, tried } from '../check.ts';
import { buildFinding, type Finding } from '../finding.ts';
import type { TriedRegistry } from '../registries/try-registries.ts';

/** Answers by which a resolver says that there is no such host, or no address of it. */
const UNKNOWN = new Set(['ENOTFOUND', 'ENODATA', 'EAI_NONAME', 'EAI_NODATA']);
const SLOW_MS = 2_000;

/** The names that this machine looks up: a proxy looks up those behind it. */
export function findNameFaults(registries: readonly TriedRegistry[]): Finding[] {
  const byHost = Map.groupBy(registries, ({ lookup }) => lookup.host);
  return [...byHost].flatMap(([host, group]) => {
    if (isIP(host) !== 0) return [];
    const [registry] = group;
    if (registry === undefined) return [];
    const failure = failureOf(registry);
    const subject = describe(host, group);
    const { tookMs } = registry.lookup;
    const took = formatDuration(Math.round(tookMs));
    if (failure !== undefined && UNKNOWN.has(failure)) {
      return [buildFinding('name-unknown', { subject, found: `no address (${failure})` })];
    }
    if (failure !== undefined) {
      const found = failure === 'late' ? `no answer within ${took}` : `no answer (${failure})`;
      return [buildFinding('name-silent', { subject, found })];
    }
    if (tookMs <= SLOW_MS) return [];
    return [buildFinding('name-slow', { subject, found: `an answer after ${took}` })];
  });
}

function failureOf({ lookup, first }: TriedRegistry): string | undefined {
  if (lookup.failure !== undefined) return lookup.failure;
  return first.kind === 'failure' && first.phase === 'resolve' ? first.code : undefined;
}

function describe(host: string, group: readonly TriedRegistry[]): string {
  if (group[0]?.proxy !== undefined) return `the outbound proxy ${host}`;
  const names = group.map(({ name }) => name).filter((name) => name !== host);
  return names.length === 0 ? host : `${host} of ${names.join(', ')}`;
}

export async function checkNames({ probe, registries }: CheckContext): Promise<CheckOutcome> {
  if (probe === undefined) return INPUT_IS_BROKEN;
  const all = await registries();
  const hosts = new Set(all.map(({ lookup }) => lookup.host).filter((host) => isIP(host) === 0));
  return tried(formatMany(hosts.size, 'name'), findNameFaults(all));
}
