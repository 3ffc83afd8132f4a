import { ANY_MANIFEST, basicAuthorization } from '@registry-cache/testbed';
import { REPOSITORIES } from './access-images.ts';

/** A registry of the cache, by the names that each way in has for it. */
export interface MatrixRegistry {
  /** In rules and refusals. */
  readonly name: string;
  readonly path: string;
  readonly host: string;
  /** `host:port` for CONNECT. */
  readonly target: string;
  readonly aliases: readonly string[];
  readonly repositories: readonly string[];
}

/** The keys of the pull secret. One has a port, one is a part of a registry, one asks for tokens. */
export const KEYS = [
  'docker.io',
  'quay.test',
  'quay.testing',
  'ghcr.test',
  'dev.test',
  'token.test',
].concat(['reg.test:5000', 'part.test/team']);
export const ALIASES: Readonly<Record<string, readonly string[]>> = {
  'docker.io': ['hub'],
  'dev.test': ['dev'],
};
export const REGISTRIES: readonly MatrixRegistry[] = KEYS.map(describeRegistry);

export const USERS = ['ann', 'bob', 'cat', 'dan', 'eve', 'fay', 'gus', 'ops', 'ci', 'a.b', 'svc-1'];
export const PASSWORDS = Object.fromEntries(USERS.map((user) => [user, `pass of ${user}`]));

export function loginOf(user: string) {
  return { username: user, password: PASSWORDS[user] ?? '' };
}

export function loginHeader(user: string): { readonly authorization: string } {
  return { authorization: basicAuthorization(loginOf(user)) };
}

/** A question, and the way in that asks it. */
export interface MatrixRequest {
  readonly method: 'GET' | 'HEAD' | 'RANGE' | 'POST' | 'DELETE';
  readonly way: Way;
  readonly registry: MatrixRegistry;
  readonly repository: string;
  /** After the repository, such as `manifests/v1`. */
  readonly rest: string;
  readonly user?: string;
  /** In place of the login, except by HTTPS_PROXY. */
  readonly token?: string;
  /** By X-Forwarded-For of a trusted proxy; by HTTPS_PROXY always the machine's own. */
  readonly address: string;
}

const WAYS = ['path', 'alias', 'ns', 'mirror', 'host', 'proxy'] as const;
/** `catalog` names neither a registry nor a repository. */
export type Way = (typeof WAYS)[number] | 'catalog';

/** Not every registry has every way in. */
export function waysOf({ name, aliases }: MatrixRegistry): Way[] {
  return WAYS.filter((way) => {
    if (way === 'alias') return aliases.length > 0;
    return way !== 'mirror' || name === 'docker.io';
  });
}

/** The path and the headers of a request. */
export function formRequest(request: MatrixRequest) {
  const { registry, repository, rest, way, method, user, token, address } = request;
  const short = way === 'mirror' ? repository.replace(/^library\//, '') : repository;
  const prefixes: Partial<Record<Way, string>> = {
    path: `${registry.path}/`,
    alias: `${registry.aliases[0]}/`,
  };
  const suffix = way === 'ns' ? `?ns=${encodeURIComponent(registry.name)}` : '';
  const basic = user === undefined ? {} : loginHeader(user);
  const authorization = token === undefined ? basic : { authorization: `Bearer ${token}` };
  return {
    path: way === 'catalog' ? `/v2/${rest}` : `/v2/${prefixes[way] ?? ''}${short}/${rest}${suffix}`,
    headers: {
      accept: ANY_MANIFEST,
      ...(way === 'host' && { host: registry.host }),
      ...(method === 'RANGE' && { range: 'bytes=0-1' }),
      ...(way !== 'proxy' && { 'x-forwarded-for': address, ...authorization }),
    },
  };
}

function describeRegistry(key: string): MatrixRegistry {
  const [name = '', namespace] = key.split('/');
  const [host = '', port = '443'] = name.split(':');
  const repositories = Object.keys(REPOSITORIES);
  return {
    name,
    path: name.replace(':', '_'),
    host: `${name.replace(':', '-')}.cache.test`,
    target: name === 'docker.io' ? 'registry-1.docker.io:443' : `${host}:${port}`,
    aliases: ALIASES[key] ?? [],
    repositories: repositories.filter((each) => each.startsWith(namespace ?? '')),
  };
}
