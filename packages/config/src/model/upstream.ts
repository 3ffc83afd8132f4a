import {
  accept,
  type EgressLimits,
  type EgressTimeouts,
  type Issue,
  type Parsed,
  reject,
  type TagRules,
} from '@registry-cache/domain';
import type { ShownCertificate } from '../certificate/parse-client.ts';
import type { UpstreamPolicies } from '../policy/parse.ts';
import type { UpstreamPolicy } from '../policy/schema.ts';
import type { UpstreamCredential } from '../pull-secret/credential.ts';
import { spellHost } from '../pull-secret/host.ts';
import { DOCKER_HUB, DOCKER_HUB_HOSTS, formatUpstreamName } from '../pull-secret/key.ts';
import type { DeclaredUpstream } from '../pull-secret/parse.ts';
import type { Settings } from '../settings/table.ts';
import { listFirstParts } from './first-parts.ts';
import type { Mirror } from './mirrors.ts';
import { buildTagRules } from './tag-rules.ts';
import { buildTimeouts } from './timeouts.ts';
import { buildUpstreamId } from './upstream-id.ts';

/** One upstream, with everything that rendered files say of it. */
export interface Upstream {
  readonly id: string;
  /** The pull secret's key in normal form: `quay.io/org`. */
  readonly key: string;
  /** Its registry, of which it may be a namespace: `quay.io` of `quay.io/org`. */
  readonly host: string;
  /** With the path above its repositories, if there is one. */
  readonly url: string;
  /** PEM certificates to trust for it besides the system's; empty for none. */
  readonly ca: string;
  /** The certificate to show to it in TLS. */
  readonly clientCertificate: ShownCertificate | undefined;
  /** Registries to ask before it, in this order. */
  readonly mirrors: readonly Mirror[];
  /** Its paths behind /v2/: `quay.io/org`, aliases. The first part is stripped. */
  readonly prefixes: readonly string[];
  /** Docker Hub keeps one-part names under library/. */
  readonly hasLibrary: boolean;
  readonly credential: UpstreamCredential | undefined;
  /** Whether a client asked for it. It is never at a private address. */
  readonly isOnDemand: boolean;
  /** Whether it decides by itself which logins may pull from it. */
  readonly triesLogins: boolean;
  /** Whether its TLS may lack secure renegotiation (RFC 5746). */
  readonly legacyTls: boolean;
  /** Token services that the policy ties to it; undefined where the policy names none. */
  readonly realms: readonly string[] | undefined;
  /** Undefined where the policy has none and the settings apply. */
  readonly timeouts: EgressTimeouts | undefined;
  readonly limits: EgressLimits;
  readonly tags: TagRules;
  /** Hosts and networks at private addresses that it may redirect to. */
  readonly storageHosts: readonly string[];
  /** Whether no request may go out to it. */
  readonly offline: boolean;
  /** The policy's values in place of the settings of these names. */
  readonly connectionsPerBlob: number | undefined;
  readonly prefetch: boolean | undefined;
}

/** `ca` of the policy, as written there, to PEM text. */
export type AuthorityTexts = ReadonlyMap<string, string>;

/**
 * Puts pull secret and policy together. There are two kinds of issue: a policy for an upstream that
 * is not declared, and two upstreams with the same prefix.
 *
 * @param leftOut - Upstreams whose entries in the pull secret cannot be used. The policy may still
 *   name them.
 */
export function buildUpstreams(
  declared: readonly DeclaredUpstream[],
  leftOut: readonly string[],
  policyFile: string,
  policies: UpstreamPolicies,
  authorities: AuthorityTexts,
  settings: Settings,
): Parsed<readonly Upstream[]> {
  const upstreams = declared.map((one) => {
    const policy = policies.get(formatUpstreamName(one.name)) ?? {};
    return buildUpstream(one, policy, authorities, settings);
  });
  const known = new Set(upstreams.map(({ key }) => key));
  const issues: Issue[] = [...policies.keys()]
    .filter((key) => !known.has(key) && !leftOut.includes(key))
    .map((key) => ({
      path: `${policyFile} upstreams[${JSON.stringify(key)}]`,
      found: 'a registry that the pull secret does not name',
      accepted: `${[...known].join(', ')}; or url as well, which declares it`,
    }));
  issues.push(...findClashes(upstreams));
  return issues.length > 0 ? reject(...issues) : accept(upstreams);
}

/**
 * Adds registries that clients have asked for. It leaves out those that are in the pull secret by
 * now, and those whose name is another's alias.
 */
export function addOnDemand(
  upstreams: readonly Upstream[],
  asked: readonly DeclaredUpstream[],
  settings: Settings,
): readonly Upstream[] {
  const all = [...upstreams];
  for (const one of asked) {
    if (all.some(({ key }) => key === formatUpstreamName(one.name))) continue;
    const added = { ...buildUpstream(one, {}, new Map(), settings), isOnDemand: true };
    if (findClashes([...all, added]).length === 0) all.push(added);
  }
  return all;
}

function buildUpstream(
  { name, rawKey, credential }: DeclaredUpstream,
  policy: UpstreamPolicy,
  authorities: AuthorityTexts,
  settings: Settings,
): Upstream {
  const hasLibrary = name.host === DOCKER_HUB;
  const host = hasLibrary ? 'registry-1.docker.io' : name.host;
  const synonyms = hasLibrary ? DOCKER_HUB_HOSTS : [name.host];
  // Clients may name the port, as the pull secret does.
  const withPort = /:443(?:\/|$)/.test(rawKey) ? [`${name.host}:443`] : [];
  const named = [...synonyms, ...withPort];
  // The path of an image reference cannot hold colons and brackets.
  const firstParts = [...named, ...named.map(spellHost), ...(policy.aliases ?? [])];
  const suffix = name.namespace === '' ? '' : `/${name.namespace}`;
  return {
    id: buildUpstreamId(name),
    key: formatUpstreamName(name),
    host: name.host,
    url: (policy.url ?? `https://${host}`).replace(/\/+$/, ''),
    mirrors: [],
    ca: authorities.get(policy.ca ?? '') ?? '',
    clientCertificate: undefined,
    prefixes: [...new Set(firstParts)].map((part) => `${part}${suffix}`),
    hasLibrary,
    credential,
    isOnDemand: false,
    triesLogins: policy.authorize === 'upstream',
    legacyTls: policy.legacyTls ?? false,
    realms: policy.realms,
    timeouts: policy.timeouts && buildTimeouts(settings, policy.timeouts),
    limits: buildLimits(policy.limits),
    tags: buildTagRules(settings, policy.tags),
    storageHosts: policy.storageHosts ?? [],
    offline: settings.OFFLINE || (policy.offline ?? false),
    connectionsPerBlob: policy.connectionsPerBlob,
    prefetch: policy.prefetch,
  };
}

function buildLimits(limits: UpstreamPolicy['limits'] = {}): EgressLimits {
  const { connections = 0, requestsPerSecond = 0, bytesPerSecond = 0 } = limits;
  return { connections, requestsPerSecond, bytesPerSecond };
}

/** One upstream for each prefix and id, and one registry for each first part of a prefix. */
function findClashes(upstreams: readonly Upstream[]): Issue[] {
  const whole = findShared(upstreams, ({ prefixes, id }) => [...prefixes, `id ${id}`], 'key');
  return whole.length > 0 ? whole : findShared(upstreams, listFirstParts, 'host');
}

function findShared(
  upstreams: readonly Upstream[],
  listNames: (upstream: Upstream) => readonly string[],
  owner: 'key' | 'host',
): Issue[] {
  const owners = new Map<string, Upstream>();
  const issues: Issue[] = [];
  for (const upstream of upstreams) {
    for (const name of listNames(upstream)) {
      const first = owners.get(name) ?? upstream;
      owners.set(name, first);
      if (first[owner] === upstream[owner]) continue;
      issues.push({
        path: upstream.key,
        found: `the name ${name}, which ${first.key} has too`,
        accepted: 'names and aliases that are each used once',
      });
    }
  }
  return issues;
}
