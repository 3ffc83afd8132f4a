import { accept, isRepository, type Parsed, quoteFound, reject } from '@registry-cache/domain';
import { readArtifactoryPath } from './artifactory.ts';
import { parseHost } from './host.ts';

/** The registry, or part of one, that a key of a pull secret names. */
export interface UpstreamName {
  /** In the form of `parseHost`. Docker Hub is always `docker.io`. */
  readonly host: string;
  /** First parts of the repositories that this entry is for; empty for all repositories. */
  readonly namespace: string;
}

export const DOCKER_HUB = 'docker.io';
/** All names of the one registry that clients call docker.io. */
export const DOCKER_HUB_HOSTS = [
  DOCKER_HUB,
  'index.docker.io',
  'registry-1.docker.io',
  'registry.hub.docker.com',
];

export const KEY_ACCEPTED =
  'a registry host as quay.io, with a port as reg.example.com:5000, with a namespace as ' +
  'quay.io/org, an address as [fd00::10]:5000, or https://index.docker.io/v1/';

const SCHEME = /^https?:\/\//i;
/** docker login stores API roots: https://index.docker.io/v1/ and https://reg.example.com/v2/. */
const API_ROOT = /^v[12](?:\/|$)/;

/**
 * `quay.io`, `reg:5000`, `quay.io/org`, `https://index.docker.io/v1/` … in normal form.
 * Source: docker/cli, `ConvertToHostname`; kubelet, `ParseSchemelessURL`.
 */
export function parseUpstreamKey(path: string, key: string): Parsed<UpstreamName> {
  const { hostText, rest } = splitKey(key);
  const host = parseHost(hostText);
  const namespace = parseNamespace(hostText, rest);
  if (host === undefined || (namespace !== '' && !isRepository(namespace))) {
    return reject({ path, found: quoteFound(key), accepted: KEY_ACCEPTED });
  }
  return accept({ host: DOCKER_HUB_HOSTS.includes(host) ? DOCKER_HUB : host, namespace });
}

/** The part of a key's path that the names of images contain. */
export function parseNamespace(hostText: string, rest: string): string {
  const path = rest.replace(API_ROOT, '').toLowerCase();
  return readArtifactoryPath(hostText.toLowerCase(), path) ?? path;
}

/** The parts of a key before and after its first slash, without the scheme. */
export function splitKey(key: string): { readonly hostText: string; readonly rest: string } {
  const bare = key.replace(SCHEME, '').replace(/\/+$/, '');
  const slash = bare.indexOf('/');
  if (slash < 0) return { hostText: bare, rest: '' };
  return { hostText: bare.slice(0, slash), rest: bare.slice(slash + 1) };
}

/** The reason why a good key may not mean what its writer thinks; undefined for most keys. */
export function doubtKey(key: string): string | undefined {
  if (/^http:\/\//i.test(key)) return 'a key with http://, which is asked by https all the same';
  const { hostText, rest } = splitKey(key);
  const namespace = rest.replace(API_ROOT, '');
  const [host, path] = [hostText.toLowerCase(), namespace.toLowerCase()];
  if (readArtifactoryPath(host, path) !== undefined) return 'a URL of Artifactory';
  if (namespace !== namespace.toLowerCase()) return 'a path with capitals, which no image has';
  if (SCHEME.test(key) && namespace !== '') {
    const [, repository] = /^artifactory\/(.+)$/.exec(path) ?? [];
    const hint = `, where images of an Artifactory would be ${host}/${repository}/NAME`;
    return `a URL with a path${repository === undefined ? '' : hint}`;
  }
  return undefined;
}

/** The normal form as one word: `quay.io/org`. */
export function formatUpstreamName({ host, namespace }: UpstreamName): string {
  return namespace === '' ? host : `${host}/${namespace}`;
}
