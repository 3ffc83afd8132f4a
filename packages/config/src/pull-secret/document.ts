import {
  accept,
  type Issue,
  type Notice,
  type Parsed,
  quoteFound,
  reject,
} from '@registry-cache/domain';
import { findJsonFault } from './json-fault.ts';
import { looksLikeYaml, parseYamlLogins } from './yaml-logins.ts';

/** The two parts of the file that name registries, each key with its value. */
export interface PullSecretDocument {
  readonly auths: Readonly<Record<string, unknown>>;
  readonly credHelpers: Readonly<Record<string, unknown>>;
  /** Other parts, which cannot be used. */
  readonly leftOut: readonly Issue[];
  readonly notices: readonly Notice[];
}

const FILE_ACCEPTED = '{"auths": {"quay.io": {"auth": "…"}}} in UTF-8';
const LOGIN_FIELDS = ['auth', 'username', 'password', 'identitytoken', 'email'];

/**
 * Reads docker's config.json, its older flat form (`.dockercfg`), which Kubernetes still has in
 * secrets of type kubernetes.io/dockercfg, or the credentials file of containerd-registry-cache,
 * which is the flat form in YAML. It is an issue if the text as a whole has none of these forms.
 */
export function parseDocument(file: string, text: string): Parsed<PullSecretDocument> {
  const content = text.replace(/^\uFEFF/, '');
  const isYaml = looksLikeYaml(content);
  const parsed = isYaml ? parseYamlLogins(file, content) : parseJson(file, content);
  if (!parsed.ok) return parsed;
  const root = parsed.value;
  if (!isObject(root)) {
    const found = `${isYaml ? 'YAML' : 'JSON'} that is not an object`;
    return reject({ path: file, found, accepted: FILE_ACCEPTED });
  }
  if (isFlat(root)) {
    const found = isYaml
      ? 'YAML, as the credentials file of containerd-registry-cache'
      : 'a file in the old format of .dockercfg, without auths';
    const notices = [{ path: file, found, taken: 'the entries of auths' }];
    return accept({ auths: root, credHelpers: {}, leftOut: [], notices });
  }
  if (isYaml && !isConfig(root)) {
    const found = 'YAML without a registry that has username and password';
    return reject({ path: file, found, accepted: FILE_ACCEPTED });
  }
  const leftOut: Issue[] = [];
  const notices: Notice[] = [];
  const section = (name: string): Record<string, unknown> => {
    const value = root[name];
    const path = `${file} ${name}`;
    if (isObject(value)) return value;
    if (value === null) notices.push({ path, found: 'null', taken: 'no entry at all' });
    else if (value !== undefined) {
      const accepted = 'an object with one key for each registry';
      leftOut.push({ path, found: typeof value, accepted });
    }
    return {};
  };
  if (root.credsStore) {
    const accepted = 'credentials in auths, or credHelpers for single registries';
    leftOut.push({ path: `${file} credsStore`, found: quoteFound(root.credsStore), accepted });
  }
  const sections = { auths: section('auths'), credHelpers: section('credHelpers') };
  return accept({ ...sections, leftOut, notices });
}

function parseJson(file: string, content: string): Parsed<unknown> {
  try {
    return accept(JSON.parse(content));
  } catch {
    if (content.slice(0, 4).includes('\0')) {
      const found = 'text in UTF-16, as > of PowerShell writes it';
      return reject({ path: file, found, accepted: FILE_ACCEPTED });
    }
    const { line, column } = findJsonFault(content);
    const accepted = `${FILE_ACCEPTED}; the fault is at line ${line}, column ${column}`;
    return reject({ path: file, found: 'text that is not JSON', accepted });
  }
}

function isFlat(root: Readonly<Record<string, unknown>>): boolean {
  const entries = Object.values(root);
  const hasLogin = (entry: unknown) =>
    isObject(entry) && LOGIN_FIELDS.some((field) => Object.hasOwn(entry, field));
  return !isConfig(root) && entries.some(hasLogin);
}

/** Whether this is docker's config.json, or a file of its form. */
function isConfig(root: Readonly<Record<string, unknown>>): boolean {
  return ['auths', 'credHelpers', 'credsStore'].some((key) => Object.hasOwn(root, key));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
