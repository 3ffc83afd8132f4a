import { accept, type Issue, type Parsed, quoteFound, reject } from '@registry-cache/domain';
import { isSameCredential, type UpstreamCredential } from './credential.ts';
import { parseEntry } from './entry.ts';
import { formatUpstreamName, parseUpstreamKey, type UpstreamName } from './key.ts';

/** One upstream as the pull secret declares it. */
export interface DeclaredUpstream {
  readonly name: UpstreamName;
  /** As written in the file. */
  readonly rawKey: string;
  /** Anonymous where undefined. */
  readonly credential: UpstreamCredential | undefined;
}

/**
 * A pull secret: the `auths` and `credHelpers` of Kubernetes' and docker's config.json.
 * `file` names it in issues; entries whose key, raw or normal, is in `ignored` are left out
 * before they are looked at.
 */
export function parsePullSecret(
  file: string,
  text: string,
  ignored: readonly string[],
): Parsed<readonly DeclaredUpstream[]> {
  const root = parseJson(text);
  if (!isObject(root)) {
    const found = root === undefined ? 'text that is not JSON' : 'JSON that is not an object';
    return reject({ path: file, found, accepted: '{"auths": {"quay.io": {"auth": "…"}}}' });
  }
  const issues: Issue[] = [];
  for (const section of ['auths', 'credHelpers']) {
    if (root[section] !== undefined && !isObject(root[section])) {
      const accepted = 'an object with one key for each registry';
      issues.push({ path: `${file} ${section}`, found: typeof root[section], accepted });
    }
  }
  if (root.credsStore !== undefined && root.credsStore !== '') {
    const accepted = 'credentials in auths, or credHelpers for single registries';
    issues.push({ path: `${file} credsStore`, found: quoteFound(root.credsStore), accepted });
  }
  if (issues.length > 0) return reject(...issues);

  const found = new Map<string, DeclaredUpstream>();
  collect(`${file} auths`, root.auths, ignored, parseEntry, found, issues);
  // As in docker, a helper wins over what auths says of the same registry.
  const helpers = new Map<string, DeclaredUpstream>();
  collect(`${file} credHelpers`, root.credHelpers, ignored, parseHelper, helpers, issues);
  for (const [key, upstream] of helpers) found.set(key, upstream);

  if (issues.length === 0 && found.size === 0) {
    issues.push({ path: `${file} auths`, found: 'no registry', accepted: 'at least one' });
  }
  if (issues.length > 0) return reject(...issues);
  return accept([...found.values()].sort(byName));
}

function collect(
  path: string,
  section: unknown,
  ignored: readonly string[],
  parseValue: (path: string, value: unknown, key: string) => Parsed<UpstreamCredential | undefined>,
  found: Map<string, DeclaredUpstream>,
  issues: Issue[],
): void {
  for (const [rawKey, value] of Object.entries(isObject(section) ? section : {})) {
    if (ignored.includes(rawKey)) continue;
    const entryPath = `${path}[${JSON.stringify(rawKey)}]`;
    const name = parseUpstreamKey(entryPath, rawKey);
    if (!name.ok) {
      issues.push(...name.issues);
      continue;
    }
    const key = formatUpstreamName(name.value);
    if (ignored.includes(key)) continue;
    const credential = parseValue(entryPath, value, rawKey);
    if (!credential.ok) {
      issues.push(...credential.issues);
      continue;
    }
    const twin = found.get(key);
    if (twin !== undefined && !isSameCredential(twin.credential, credential.value)) {
      issues.push({
        path: entryPath,
        found: `other credentials for ${key} than ${JSON.stringify(twin.rawKey)} has`,
        accepted: 'one entry for each registry',
      });
      continue;
    }
    found.set(key, { name: name.value, rawKey, credential: credential.value });
  }
}

function parseHelper(path: string, value: unknown, key: string): Parsed<UpstreamCredential> {
  if (typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(value)) {
    return accept({ kind: 'helper', program: value, serverUrl: key });
  }
  const accepted = 'X where a program docker-credential-X is on the PATH';
  return reject({ path, found: quoteFound(value), accepted });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    // The parser's own message quotes the text around the error, which may be a secret.
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function byName(left: DeclaredUpstream, right: DeclaredUpstream): number {
  const [a, b] = [formatUpstreamName(left.name), formatUpstreamName(right.name)];
  return a < b ? -1 : a > b ? 1 : 0;
}
