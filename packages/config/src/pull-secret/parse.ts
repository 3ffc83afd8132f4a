import { accept, type Issue, type Notice, type Parsed, quoteFound } from '@registry-cache/domain';
import { isSameCredential, type UpstreamCredential } from './credential.ts';
import { parseDocument } from './document.ts';
import { type Entry, parseEntry } from './entry.ts';
import {
  DOCKER_HUB,
  doubtKey,
  formatUpstreamName,
  parseUpstreamKey,
  type UpstreamName,
} from './key.ts';
import { type Glob, isWildcardKey, parseWildcardKey, type Wildcard } from './wildcard.ts';

/** One upstream, as declared in the pull secret. */
export interface DeclaredUpstream {
  readonly name: UpstreamName;
  /** As written in the file. */
  readonly rawKey: string;
  /** Anonymous where undefined. */
  readonly credential: UpstreamCredential | undefined;
}

/** The usable entries of a pull secret, and the findings about the others. */
export interface PullSecret {
  readonly upstreams: readonly DeclaredUpstream[];
  readonly wildcards: readonly Wildcard[];
  /** Keys with `*` that have no login. */
  readonly anonymousGlobs: readonly Glob[];
  /** Entries that cannot be understood. They count as absent. */
  readonly leftOut: readonly LeftOut[];
  readonly notices: readonly Notice[];
}

interface LeftOut {
  readonly issue: Issue;
  /** The upstream in normal form; undefined where the key itself cannot be understood. */
  readonly key: string | undefined;
}

/**
 * Parses a pull secret: the `auths` and `credHelpers` of config.json, as Kubernetes and docker read
 * them. It has issues only where the file as a whole cannot be read.
 *
 * @param file - Its name for issues.
 * @param ignored - Keys, raw or normal, of entries to leave out unread.
 */
export function parsePullSecret(
  file: string,
  text: string,
  ignored: readonly string[],
): Parsed<PullSecret> {
  const document = parseDocument(file, text);
  if (!document.ok) return document;
  const found: Found = {
    upstreams: new Map(),
    wildcards: [],
    anonymousGlobs: [],
    leftOut: document.value.leftOut.map((issue) => ({ issue, key: undefined })),
    notices: [...document.value.notices],
  };
  for (const [rawKey, value] of Object.entries(document.value.auths)) {
    if (!isSkipped(rawKey, ignored)) collectAuth(`${file} auths`, rawKey, value, found);
  }
  // As in docker, a helper wins over the entry of auths for the same registry.
  for (const [rawKey, value] of Object.entries(document.value.credHelpers)) {
    if (!isSkipped(rawKey, ignored)) collectHelper(`${file} credHelpers`, rawKey, value, found);
  }
  return accept({ ...found, upstreams: [...found.upstreams.values()].sort(byName) });
}

interface Found {
  readonly upstreams: Map<string, DeclaredUpstream>;
  readonly wildcards: Wildcard[];
  readonly anonymousGlobs: Glob[];
  readonly leftOut: LeftOut[];
  readonly notices: Notice[];
}

/** Entries that `docker login` by the web keeps for itself (docker/cli, `internal/oauth/manager`). */
const WEB_LOGIN = /^https:\/\/index\.docker\.io\/v1\/(?:access|refresh)-token$/;

function isSkipped(rawKey: string, ignored: readonly string[]): boolean {
  if (ignored.includes(rawKey) || WEB_LOGIN.test(rawKey)) return true;
  const name = parseUpstreamKey('', rawKey);
  return name.ok && ignored.includes(formatUpstreamName(name.value));
}

function collectAuth(section: string, rawKey: string, value: unknown, found: Found): void {
  const path = `${section}[${JSON.stringify(rawKey)}]`;
  if (rawKey === '') {
    found.notices.push({ path, found: 'an empty key', taken: 'no entry at all' });
    return;
  }
  if (isWildcardKey(rawKey)) {
    collectWildcard(path, rawKey, value, found);
    return;
  }
  const name = parseUpstreamKey(path, rawKey);
  if (!name.ok) {
    leaveOut(found, undefined, name.issues);
    return;
  }
  const key = formatUpstreamName(name.value);
  const doubt = doubtKey(rawKey);
  if (doubt !== undefined) found.notices.push({ path, found: doubt, taken: key });
  const entry = readEntry(path, key, value, found);
  if (entry === undefined) return;
  const one = { name: name.value, rawKey, credential: entry.credential };
  const twin = found.upstreams.get(key);
  found.upstreams.set(key, twin === undefined ? one : chooseTwin(path, key, [twin, one], found));
}

function collectWildcard(path: string, rawKey: string, value: unknown, found: Found): void {
  const place = parseWildcardKey(path, rawKey);
  if (!place.ok) {
    leaveOut(found, undefined, place.issues);
    return;
  }
  const entry = readEntry(path, rawKey, value, found);
  if (entry === undefined) return;
  const glob = { rawKey, ...place.value };
  const { credential } = entry;
  if (credential === undefined) found.anonymousGlobs.push(glob);
  else found.wildcards.push({ ...glob, credential });
}

function collectHelper(section: string, rawKey: string, value: unknown, found: Found): void {
  const path = `${section}[${JSON.stringify(rawKey)}]`;
  if (value === '') {
    found.notices.push({ path, found: 'no program', taken: 'no entry at all' });
    return;
  }
  const name = parseUpstreamKey(path, rawKey);
  if (!name.ok) {
    leaveOut(found, undefined, name.issues);
    return;
  }
  const key = formatUpstreamName(name.value);
  if (typeof value !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(value)) {
    const accepted = 'X where a program docker-credential-X is on the PATH';
    leaveOut(found, key, [{ path, found: quoteFound(value), accepted }]);
    return;
  }
  const credential = { kind: 'helper', program: value, serverUrl: rawKey } as const;
  found.upstreams.set(key, { name: name.value, rawKey, credential });
}

function readEntry(path: string, key: string, value: unknown, found: Found): Entry | undefined {
  const entry = parseEntry(path, value);
  if (!entry.ok) {
    leaveOut(found, key, entry.issues);
    return undefined;
  }
  const { doubt, credential } = entry.value;
  if (doubt !== undefined) {
    found.notices.push({ path, found: doubt, taken: describeCredential(credential) });
  }
  return entry.value;
}

function leaveOut(found: Found, key: string | undefined, issues: readonly Issue[]): void {
  found.leftOut.push(...issues.map((issue) => ({ issue, key })));
}

/**
 * Chooses between two spellings of one registry: the one with credentials, as the kubelet tries all
 * of them; else the one that docker looks for first; else the first.
 */
function chooseTwin(
  path: string,
  key: string,
  [first, second]: readonly [DeclaredUpstream, DeclaredUpstream],
  found: Found,
): DeclaredUpstream {
  if (isSameCredential(first.credential, second.credential)) return first;
  const exact = key === DOCKER_HUB ? 'https://index.docker.io/v1/' : key;
  const rank = ({ credential, rawKey }: DeclaredUpstream) =>
    (credential === undefined ? 0 : 2) + (rawKey === exact ? 1 : 0);
  const chosen = rank(second) > rank(first) ? second : first;
  found.notices.push({
    path,
    found: `other credentials for ${key} than ${JSON.stringify(first.rawKey)} has`,
    taken: `a spelling of it, whose credentials are those of ${JSON.stringify(chosen.rawKey)}`,
  });
  return chosen;
}

function describeCredential(credential: UpstreamCredential | undefined): string {
  if (credential?.kind !== 'basic') return 'anonymous';
  return credential.password.equals('') ? 'an empty password' : 'what auth says';
}

function byName(left: DeclaredUpstream, right: DeclaredUpstream): number {
  const [a, b] = [formatUpstreamName(left.name), formatUpstreamName(right.name)];
  return a < b ? -1 : a > b ? 1 : 0;
}
