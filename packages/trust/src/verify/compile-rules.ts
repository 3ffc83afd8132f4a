import type { TrustSigner } from '@registry-cache/domain';
import type { Verifier } from '@sigstore/verify';
import type { Evidence } from '../find/evidence.ts';
import type { SignatureRule, SignedImage } from '../rules.ts';
import { parsePublicKey } from './key-signature.ts';
import { createIdentityVerifier, verifyByIdentity } from './verify-by-identity.ts';
import { verifyByKey } from './verify-by-key.ts';

/** A signer of a rule, ready to verify. */
export interface CompiledSigner {
  /** For messages and the audit: the key's path, or the identity. */
  readonly name: string;
  /** @throws RefusedSignature */
  readonly verify: (image: SignedImage, evidence: Evidence) => Promise<void>;
}

const compiled = new WeakMap<TrustSigner, CompiledSigner>();

/** The signers of a rule. Keys and trust roots are read at their first use, and once. */
export function compileRule({ anyOf }: SignatureRule): CompiledSigner[] {
  return anyOf.map((signer) => {
    const known = compiled.get(signer) ?? compileSigner(signer);
    compiled.set(signer, known);
    return known;
  });
}

function compileSigner(signer: TrustSigner): CompiledSigner {
  if (signer.kind === 'key') {
    const key = parsePublicKey(signer.pem);
    return {
      name: `key ${signer.name}`,
      verify: (image, evidence) => verifyByKey(key, image, evidence),
    };
  }
  let verifier: Promise<Verifier> | undefined;
  return {
    name: `identity ${signer.identity}`,
    async verify(image, evidence) {
      verifier ??= createIdentityVerifier(signer.root);
      return verifyByIdentity(await verifier, signer, image, evidence);
    },
  };
}
