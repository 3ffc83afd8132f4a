import type { Issue } from '@registry-cache/domain';
import type { ParsedPolicy } from '../policy/parse.ts';
import type { PolicyInputs } from './inputs.ts';
import { readText } from './read-text.ts';

/** Reads the files that the policy names. A bad file is added to `issues`. */
export async function readPolicyFiles(
  { upstreams, issuers, trust, admission }: ParsedPolicy,
  issues: Issue[],
): Promise<PolicyInputs> {
  const authorities = new Map<string, string>();
  const clientFiles = new Map<string, string>();
  const keyFiles = new Map<string, string>();
  const trustFiles = new Map<string, string>();
  const tokenFiles = new Map<string, string>();
  const policyFiles = new Set<string>();
  const read = async (source: string, accepted: string) => {
    if (!source.startsWith('/')) return source;
    policyFiles.add(source);
    return readText(source, accepted, issues, true);
  };
  for (const { ca, clientCertificate } of upstreams.values()) {
    const text = ca && (await read(ca, 'PEM certificates'));
    if (ca && text !== undefined) authorities.set(ca, text);
    for (const source of Object.values(clientCertificate ?? {})) {
      const pem = await read(source, 'a PEM file');
      if (pem !== undefined) clientFiles.set(source, pem);
    }
  }
  for (const { keys } of issuers) {
    if (!keys?.startsWith('/')) continue;
    const text = await read(keys, 'a JWKS');
    if (text !== undefined) keyFiles.set(keys, text);
  }
  const readTrust = async (source: string | undefined, accepted: string) => {
    if (source === undefined || trustFiles.has(source)) return;
    const text = await read(source, accepted);
    if (text !== undefined) trustFiles.set(source, text);
  };
  for (const { key, root } of trust.flatMap(({ anyOf }) => anyOf)) {
    await readTrust(key, 'a public key in PEM');
    await readTrust(root, 'trusted_root.json of Sigstore');
  }
  for (const { token } of admission) {
    if (token === undefined || tokenFiles.has(token)) continue;
    const text = await read(token, 'a token');
    if (text !== undefined) tokenFiles.set(token, text);
  }
  const files = { authorities, clientFiles, keyFiles, trustFiles, tokenFiles };
  return { ...files, policyFiles: [...policyFiles] };
}
