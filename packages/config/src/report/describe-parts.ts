import { isDeepStrictEqual } from 'node:util';
import { asObject, parseObject } from '@registry-cache/domain';

/** A rendered tree: the content of a file of it. */
export interface TreePart {
  readonly read: (path: string) => string | undefined;
}

/** Names and numbers of what has changed within the files of the workers. */
export interface ChangedParts {
  /** The key of each upstream before or now, by its id. */
  readonly keys: ReadonlyMap<string, string>;
  /** Upstreams that are still there, each with the names of its options that changed. */
  readonly registries: readonly string[];
  /** Rules, and options of egress. */
  readonly rules: readonly string[];
}

/** What every upstream has and no operator sets. */
const OWN = new Set(['id', 'key', 'hotSocket']);
/** Members of egress's options that are told by themselves. */
const TOLD = new Set(['upstreams', 'trust', 'admission']);

/** Names of registries come and go with the registries, and logins by settings. */
const DERIVED = new Set(['names', 'hasLogins']);

/** Compares the options of the workers. Never tells a value, which may be a secret. */
export function describeParts(current: TreePart, next: TreePart): ChangedParts {
  const [before, now] = [readParts(current), readParts(next)];
  const compare = (name: string, one: unknown, other: unknown) => {
    if (isDeepStrictEqual(one, other)) return [];
    return [count(name, listOf(one).length, listOf(other).length)];
  };
  const hostedNames = before.hosted.concat(now.hosted);
  const isSame =
    isDeepStrictEqual(before.hosted, now.hosted) && before.hostedSize === now.hostedSize;
  return {
    keys: new Map(
      [...before.upstreams, ...now.upstreams].map(([id, { key }]) => [id, String(key)]),
    ),
    registries: [...now.upstreams].flatMap(([id, upstream]) => {
      const was = before.upstreams.get(id);
      const names = was === undefined ? [] : changedMembers(was, upstream, OWN);
      return names.length > 0 ? [`${String(upstream.key)} (${names.join(', ')})`] : [];
    }),
    rules: [
      ...describeAccess(before.access, now.access),
      ...compare('issuers of tokens', before.issuers, now.issuers),
      ...compare('rules of trust', before.trust, now.trust),
      ...compare('rules of admission', before.admission, now.admission),
      ...(isSame ? [] : [`hosted registries (${[...new Set(hostedNames)].join(', ') || 'size'})`]),
      ...(changedMembers(before.egress, now.egress, TOLD).length > 0
        ? ['requests to registries']
        : []),
    ],
  };
}

/** `name (1 before, 2 now)` */
export function count(name: string, before: number, now: number): string {
  return `${name} (${before} before, ${now} now)`;
}

function describeAccess(before: object, now: object): string[] {
  const members = changedMembers(before, now, DERIVED);
  if (members.length === 0) return [];
  const rules = count('rules of access', rulesOf(before).length, rulesOf(now).length);
  const others = members.filter((name) => name !== 'rules');
  return others.length > 0 ? [rules, `${others.join(', ')} of access`] : [rules];
}

function readParts({ read }: TreePart) {
  const open = (path: string) => parseObject(Buffer.from(read(path) ?? '{}'));
  const egress = open('etc/egress.json');
  const access = open('etc/access.json');
  return {
    egress,
    upstreams: new Map(
      listOf(egress.upstreams).map((one) => {
        const upstream = asObject(one);
        return [String(upstream.id), upstream] as const;
      }),
    ),
    trust: egress.trust,
    admission: asObject(egress.admission).rules,
    access: asObject(access.policy),
    hosted: listOf(access.hosted).map(String),
    hostedSize: open('etc/hosted.json').maxSizeBytes,
    issuers: open('etc/issuers.json').issuers,
  };
}

function changedMembers(before: object, now: object, left: ReadonlySet<string>): string[] {
  const [one, other] = [asObject(before), asObject(now)];
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].filter((name) => {
    return !left.has(name) && !isDeepStrictEqual(one[name], other[name]);
  });
}

function rulesOf(access: object): unknown[] {
  return listOf(asObject(access).rules);
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
