import { readFile } from 'node:fs/promises';
import { type Issue, onDemandFile, Secret } from '@registry-cache/domain';
import type { AuthorityFiles } from '../certificate/authority.ts';
import { parsePolicy } from '../policy/parse.ts';
import type { Settings } from '../settings/table.ts';
import { readOwnRecord } from './own-record.ts';

/** The operator's files as text. What is optional and absent is undefined. */
export interface Inputs {
  readonly pullSecret: string | undefined;
  readonly policy: string | undefined;
  readonly certificate: string | undefined;
  readonly htpasswd: string | undefined;
  readonly upstreamCa: string | undefined;
  /** The proxy's; undefined where the proxy is off. */
  readonly authority: AuthorityInput | undefined;
  /** What egress has recorded of registries that clients asked for, where that is on. */
  readonly onDemand?: string | undefined;
  /** `ca` of the policy, as written there (a path or PEM text), to PEM text. */
  readonly authorities: ReadonlyMap<string, string>;
  /** `cert` and `key` of the policy's client certificates, as written there, to PEM text. */
  readonly clientFiles: ReadonlyMap<string, Secret>;
  /** Paths that only the policy names, also those that could not be read. */
  readonly policyFiles: readonly string[];
  /** What should have been readable and was not. */
  readonly issues: readonly Issue[];
}

export interface AuthorityInput {
  /** Of the certificate, for messages. */
  readonly file: string;
  readonly certificate: string;
  readonly key: string;
}

/** Reads every file that the settings and the policy name. Never throws for a bad file. */
export async function readInputs(
  settings: Settings,
  authority?: AuthorityFiles | undefined,
): Promise<Inputs> {
  const issues: Issue[] = [];
  const required = (path: string, what: string) => readText(path, what, issues, true);
  const optional = (path: string, what: string) => readText(path, what, issues, false);
  const policy = await optional(settings.POLICYPATH, 'the policy file');
  return {
    // Who names registries in the environment needs no pull secret.
    pullSecret: await (settings.REGISTRIES.length > 0 ? optional : required)(
      settings.PULLSECRETPATH,
      'a pull secret, {"auths": {…}}',
    ),
    policy,
    certificate: await required(settings.CERTIFICATEPATH, 'a certificate and its key'),
    htpasswd:
      settings.REGISTRY_AUTH === 'htpasswd'
        ? await required(settings.REGISTRY_AUTH_HTPASSWD_PATH, 'an htpasswd file')
        : undefined,
    upstreamCa: await optional(settings.UPSTREAM_CA_PATH, 'PEM certificates'),
    authority: authority && (await readAuthority(authority, required)),
    onDemand:
      settings.ON_DEMAND_REGISTRIES.length > 0
        ? await readOwnRecord(onDemandFile(settings.REGISTRYDIR))
        : undefined,
    ...(await readPolicyFiles(settings, policy, issues)),
    issues,
  };
}

async function readAuthority(
  { certificate, key }: AuthorityFiles,
  read: (path: string, what: string) => Promise<string | undefined>,
): Promise<AuthorityInput | undefined> {
  const what = "an authority's certificate and its key, or neither";
  const texts = [await read(certificate, what), await read(key, what)] as const;
  if (texts[0] === undefined || texts[1] === undefined) return undefined;
  return { file: certificate, certificate: texts[0], key: texts[1] };
}

async function readPolicyFiles(
  settings: Settings,
  policy: string | undefined,
  issues: Issue[],
): Promise<Pick<Inputs, 'authorities' | 'clientFiles' | 'policyFiles'>> {
  const authorities = new Map<string, string>();
  const clientFiles = new Map<string, Secret>();
  const policyFiles = new Set<string>();
  const read = async (source: string, what: string) => {
    if (!source.startsWith('/')) return source;
    policyFiles.add(source);
    return readText(source, what, issues, true);
  };
  const parsed = parsePolicy(settings.POLICYPATH, policy ?? '');
  // A policy that does not parse is reported where the model is built.
  for (const { ca, clientCertificate } of parsed.ok ? parsed.value.values() : []) {
    const text = ca && (await read(ca, 'PEM certificates'));
    if (ca && text !== undefined) authorities.set(ca, text);
    for (const source of Object.values(clientCertificate ?? {})) {
      const pem = await read(source, 'a PEM file');
      if (pem !== undefined) clientFiles.set(source, new Secret(pem));
    }
  }
  return { authorities, clientFiles, policyFiles: [...policyFiles] };
}

async function readText(
  path: string,
  accepted: string,
  issues: Issue[],
  isRequired: boolean,
): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'an unreadable file';
    if (code !== 'ENOENT' || isRequired) {
      issues.push({ path, found: FOUND[code] ?? code, accepted });
    }
    return undefined;
  }
}

const FOUND: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'a directory (podman makes one where the file to mount does not exist)',
  EACCES: 'a file that this user may not read',
};
