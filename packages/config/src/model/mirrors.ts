import type { UpstreamCredential } from '../pull-secret/credential.ts';
import { parseHost } from '../pull-secret/host.ts';
import { parseUpstreamKey, type UpstreamName } from '../pull-secret/key.ts';
import type { DeclaredUpstream } from '../pull-secret/parse.ts';
import { findWildcard, type Wildcard } from '../pull-secret/wildcard.ts';
import type { HostLogin } from '../settings/auth-registries.ts';
import { type CloudKeys, cloudOf } from './clouds.ts';
import { splitUpstreamUrl } from './upstream-url.ts';

/** Another registry that has images of an upstream. It is asked before the upstream. */
export interface Mirror {
  /** Key of its credentials. The colon keeps it apart from the ids of upstreams. */
  readonly id: string;
  /** Without its scheme: `mirror.example.com/docker-remote`. */
  readonly key: string;
  readonly url: string;
  readonly credential: UpstreamCredential | undefined;
}

/** All credentials that the inputs have. */
export interface KnownCredentials {
  readonly declared: readonly DeclaredUpstream[];
  readonly wildcards: readonly Wildcard[];
  /** Credentials of the environment. */
  readonly logins: readonly HostLogin[];
  /** Keys of the policy file that give the identity of a cloud. */
  readonly clouds: CloudKeys;
}

/** The mirrors of one upstream. Each has the credentials of its own host, never the upstream's. */
export function buildMirrors(
  upstreamId: string,
  urls: readonly string[],
  sources: KnownCredentials,
): Mirror[] {
  return urls.map((url, index) => ({
    id: `${upstreamId}:mirror-${index + 1}`,
    key: url.replace(/^https?:\/\//, '').replace(/\/+$/, ''),
    url: url.replace(/\/+$/, ''),
    credential: findCredential(url, sources),
  }));
}

/** The credentials of the longest key that fits, as the kubelet chooses for an image there. */
function findCredential(
  url: string,
  { declared, wildcards, logins, clouds }: KnownCredentials,
): UpstreamCredential | undefined {
  const { origin, repositoryPrefix } = splitUpstreamUrl(url);
  const parsed = parseUpstreamKey('', hostOf(origin));
  if (!parsed.ok) return undefined;
  const name: UpstreamName = { host: parsed.value.host, namespace: repositoryPrefix };
  const [own] = declared
    .filter((one) => one.credential !== undefined && isWithin(name, one.name))
    .sort((a, b) => b.name.namespace.length - a.name.namespace.length);
  const login = logins.find(({ host }) => host === name.host);
  const identity = cloudOf(name, clouds);
  if (own !== undefined) return own.credential;
  if (identity !== undefined) return identity;
  if (login === undefined) return findWildcard(wildcards, name)?.credential;
  return { kind: 'basic', username: login.username, password: login.password };
}

function isWithin(name: UpstreamName, outer: UpstreamName): boolean {
  const isBelow = `${name.namespace}/`.startsWith(`${outer.namespace}/`);
  return name.host === outer.host && (outer.namespace === '' || isBelow);
}

/** A key names port 80 of plain HTTP like any other port. */
function hostOf(origin: string): string {
  const { protocol, host, port } = new URL(origin);
  return parseHost(protocol === 'http:' && port === '' ? `${host}:80` : host) ?? host;
}
