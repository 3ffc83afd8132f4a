import {
  accept,
  type Issue,
  type Parsed,
  quoteFound,
  reject,
  Secret,
} from '@registry-cache/domain';
import { formatUpstreamName, parseUpstreamKey } from '../pull-secret/key.ts';
import type { Settings } from './table.ts';

/** Credentials of the environment, for a registry or for the token service of one. */
export interface HostLogin {
  /** In normal form, with its port if it has one. */
  readonly host: string;
  readonly username: string;
  readonly password: Secret;
}

type AuthSettings = Pick<
  Settings,
  'AUTH_REGISTRIES' | 'AUTH_REGISTRIES_DELIMITER' | 'AUTH_REGISTRY_DELIMITER'
>;

/**
 * AUTH_REGISTRIES, split by its two delimiters. A password may hold the inner one. A host with a
 * port, or a secret with blanks in it (a JSON key), needs other delimiters.
 */
export function parseAuthRegistries(settings: AuthSettings): Parsed<readonly HostLogin[]> {
  const entries = settings.AUTH_REGISTRIES.reveal()
    .split(settings.AUTH_REGISTRIES_DELIMITER)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  const issues: Issue[] = [];
  const logins = new Map<string, HostLogin>();
  for (const [index, entry] of entries.entries()) {
    const path = `AUTH_REGISTRIES[${index}]`;
    const parsed = parseEntry(path, entry, settings.AUTH_REGISTRY_DELIMITER);
    if (!parsed.ok) issues.push(...parsed.issues);
    else if (logins.has(parsed.value.host)) {
      const found = `credentials for ${parsed.value.host} once more`;
      issues.push({ path, found, accepted: 'one entry for each host' });
    } else logins.set(parsed.value.host, parsed.value);
  }
  return issues.length > 0 ? reject(...issues) : accept([...logins.values()]);
}

/** An entry that cannot be read may be part of a secret, so an issue only shows its shape. */
function parseEntry(path: string, entry: string, delimiter: string): Parsed<HostLogin> {
  const [host = '', username = '', ...rest] = entry.split(delimiter);
  const password = rest.join(delimiter);
  const name = parseUpstreamKey(path, host);
  if (username === '' || password === '' || !name.ok || name.value.namespace !== '') {
    const parts = 1 + rest.length + (entry.includes(delimiter) ? 1 : 0);
    const found = `${parts} part${parts === 1 ? '' : 's'} (${entry.length} characters)`;
    const accepted = `HOST${delimiter}USER${delimiter}PASSWORD, as AUTH_REGISTRY_DELIMITER ${quoteFound(delimiter)} has it`;
    return reject({ path, found, accepted });
  }
  return accept({
    host: formatUpstreamName(name.value),
    username,
    password: new Secret(password),
  });
}
