import { createPublicKey } from 'node:crypto';
import type { RegistryNames } from '@registry-cache/access';
import {
  accept,
  asObject,
  type Issue,
  type Parsed,
  parseObject,
  reject,
  type TrustRule,
  type TrustSigner,
} from '@registry-cache/domain';
import type { SignerSpec, TrustSpec } from '../policy/trust.ts';
import { nameImages } from './name-images.ts';

/** A signer of a rule with the content of its file. */
type ReadSigner = { readonly path: string; readonly spec: SignerSpec };

/** The least that RSA keys must have: NIST SP 800-131A, and cosign's own limit. */
const MIN_RSA_BITS = 2048;

/**
 * Checks the keys and trust roots of the rules.
 * @param files - The files that the rules name, by their paths. One that could not be read is
 *   missing, and has its issue already.
 */
export function parseTrust(
  policyFile: string,
  spec: TrustSpec,
  files: ReadonlyMap<string, string>,
): Parsed<readonly TrustRule[]> {
  const issues: Issue[] = [];
  const rules = spec.map(({ images, mode = 'enforce', anyOf }, index): TrustRule => {
    const signers = anyOf.flatMap((signer, at) => {
      const path = `${policyFile} trust[${index}].anyOf[${at}]`;
      const parsed = parseSigner({ path, spec: signer }, files);
      if (!parsed.ok) issues.push(...parsed.issues);
      return parsed.ok && parsed.value !== undefined ? [parsed.value] : [];
    });
    return { number: index + 1, images, mode, anyOf: signers };
  });
  return issues.length > 0 ? reject(...issues) : accept(rules);
}

/** The rules with their images as they are named here. Undefined without a rule. */
export function nameTrustImages(
  rules: readonly TrustRule[],
  names: RegistryNames,
): readonly TrustRule[] | undefined {
  if (rules.length === 0) return undefined;
  return rules.map((rule) => ({ ...rule, images: nameImages(rule.images, names) }));
}

function parseSigner(
  { path, spec }: ReadSigner,
  files: ReadonlyMap<string, string>,
): Parsed<TrustSigner | undefined> {
  const { key, identity, issuer, root } = spec;
  if (key !== undefined) {
    const pem = files.get(key);
    return pem === undefined ? accept(undefined) : parseKey(`${path}.key`, key, pem);
  }
  const text = root === undefined ? undefined : files.get(root);
  if (text === undefined || identity === undefined || issuer === undefined) {
    return accept(undefined);
  }
  return isTrustRoot(text)
    ? accept({ kind: 'identity', identity, issuer, root: text })
    : reject({
        path: `${path}.root`,
        found: `${root}, which is something else`,
        accepted: 'trusted_root.json of Sigstore, with certificate authorities and logs',
      });
}

function parseKey(path: string, name: string, text: string): Parsed<TrustSigner> {
  const issue = (found: string) =>
    reject({
      path,
      found: `${name}, ${found}`,
      accepted: 'a public key in PEM: ECDSA, Ed25519, or RSA of 2048 bits or more',
    });
  if (/PRIVATE KEY/.test(text)) return issue('which is a private key');
  if (!/-----BEGIN (?:RSA )?PUBLIC KEY-----/.test(text)) return issue('which is something else');
  try {
    const key = createPublicKey(text);
    const { modulusLength = MIN_RSA_BITS } = key.asymmetricKeyDetails ?? {};
    if (!['ec', 'rsa', 'ed25519'].includes(key.asymmetricKeyType ?? '')) {
      return issue(`a key of type ${key.asymmetricKeyType}`);
    }
    if (modulusLength < MIN_RSA_BITS) return issue(`an RSA key of ${modulusLength} bits`);
    const pem = key.export({ type: 'spki', format: 'pem' }).toString();
    return accept({ kind: 'key', name, pem });
  } catch {
    return issue('which is damaged');
  }
}

function isTrustRoot(text: string): boolean {
  const { mediaType, certificateAuthorities, tlogs, ctlogs } = parseObject(Buffer.from(text));
  const lists = [certificateAuthorities, tlogs, ctlogs];
  return (
    typeof mediaType === 'string' &&
    mediaType.startsWith('application/vnd.dev.sigstore.trustedroot') &&
    lists.every((list) => Array.isArray(list) && list.length > 0 && isObjects(list))
  );
}

function isObjects(list: readonly unknown[]): boolean {
  return list.every((one) => Object.keys(asObject(one)).length > 0);
}
