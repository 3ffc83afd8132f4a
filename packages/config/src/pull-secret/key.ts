import { accept, isRepository, type Parsed, quoteFound, reject } from '@registry-cache/domain';

/** What one key of a pull secret names. */
export interface UpstreamName {
  /** Host in lower case, with its port if the key has one. Docker Hub is always `docker.io`. */
  readonly host: string;
  /** First parts of the repositories that this entry is for; empty for all of them. */
  readonly namespace: string;
}

export const DOCKER_HUB = 'docker.io';
/** All of them are the one registry that clients call docker.io. */
export const DOCKER_HUB_HOSTS = [DOCKER_HUB, 'index.docker.io', 'registry-1.docker.io'];

const LABEL = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
const HOST = new RegExp(`^${LABEL}(?:\\.${LABEL})*(?::\\d{1,5})?$`);

const KEY_ACCEPTED =
  'a registry host as quay.io, with a port as reg.example.com:5000, with a namespace as ' +
  'quay.io/org, or https://index.docker.io/v1/';

/** `quay.io`, `reg:5000`, `quay.io/org`, `https://index.docker.io/v1/` … in normal form. */
export function parseUpstreamKey(path: string, key: string): Parsed<UpstreamName> {
  const bare = key.replace(/^https:\/\//, '').replace(/\/+$/, '');
  const slash = bare.indexOf('/');
  const host = (slash < 0 ? bare : bare.slice(0, slash)).toLowerCase();
  const rest = slash < 0 ? '' : bare.slice(slash + 1);
  // docker login stores API roots: https://index.docker.io/v1/ and https://reg.example.com/v2/.
  const namespace = /^v[12]$/.test(rest) ? '' : rest;
  const port = Number(/:(\d+)$/.exec(host)?.[1] ?? 1);
  const isValid =
    HOST.test(host) &&
    host.length <= 253 &&
    port >= 1 &&
    port <= 65_535 &&
    (namespace === '' || isRepository(namespace));
  if (!isValid) return reject({ path, found: quoteFound(key), accepted: KEY_ACCEPTED });
  return accept({ host: DOCKER_HUB_HOSTS.includes(host) ? DOCKER_HUB : host, namespace });
}

/** The normal form as one word: `quay.io/org`. */
export function formatUpstreamName({ host, namespace }: UpstreamName): string {
  return namespace === '' ? host : `${host}/${namespace}`;
}
