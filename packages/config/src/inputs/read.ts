import { readFile } from 'node:fs/promises';
import { type Issue, onDemandFile } from '@registry-cache/domain';
import { parsePolicy } from '../policy/parse.ts';
import type { Settings } from '../settings/table.ts';

/** The operator's files as text. What is optional and absent is undefined. */
export interface Inputs {
  readonly pullSecret: string | undefined;
  readonly policy: string | undefined;
  readonly certificate: string | undefined;
  readonly htpasswd: string | undefined;
  readonly upstreamCa: string | undefined;
  /** What egress has recorded of registries that clients asked for, where that is on. */
  readonly onDemand?: string | undefined;
  /** `ca` of the policy, as written there (a path or PEM text), to PEM text. */
  readonly authorities: ReadonlyMap<string, string>;
  /** What should have been readable and was not. */
  readonly issues: readonly Issue[];
}

/** Reads every file that the settings and the policy name. Never throws for a bad file. */
export async function readInputs(settings: Settings): Promise<Inputs> {
  const issues: Issue[] = [];
  const required = (path: string, what: string) => readText(path, what, issues, true);
  const optional = (path: string, what: string) => readText(path, what, issues, false);
  const policy = await optional(settings.POLICYPATH, 'the policy file');
  return {
    pullSecret: await required(settings.PULLSECRETPATH, 'a pull secret, {"auths": {…}}'),
    policy,
    certificate: await required(settings.CERTIFICATEPATH, 'a certificate and its key'),
    htpasswd:
      settings.REGISTRY_AUTH === 'htpasswd'
        ? await required(settings.REGISTRY_AUTH_HTPASSWD_PATH, 'an htpasswd file')
        : undefined,
    upstreamCa: await optional(settings.UPSTREAM_CA_PATH, 'PEM certificates'),
    onDemand:
      settings.ON_DEMAND_REGISTRIES.length > 0
        ? await optional(onDemandFile(settings.REGISTRYDIR), 'a list of hosts')
        : undefined,
    authorities: await readAuthorities(settings, policy, issues),
    issues,
  };
}

async function readAuthorities(
  settings: Settings,
  policy: string | undefined,
  issues: Issue[],
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  const parsed = parsePolicy(settings.POLICYPATH, policy ?? '');
  // A policy that does not parse is reported where the model is built.
  if (!parsed.ok) return texts;
  for (const { ca } of parsed.value.values()) {
    if (ca === undefined) continue;
    const text = ca.startsWith('/') ? await readText(ca, 'PEM certificates', issues, true) : ca;
    if (text !== undefined) texts.set(ca, text);
  }
  return texts;
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
