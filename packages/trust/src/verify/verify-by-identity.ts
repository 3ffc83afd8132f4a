import { compileGlob } from '@registry-cache/access';
import type { Bundle } from '@sigstore/bundle';
import type { Verifier } from '@sigstore/verify';
import type { Evidence } from '../find/evidence.ts';
import type { IdentitySigner, SignedImage } from '../rules.ts';
import { type RefusalCode, RefusedSignature } from '../verdict.ts';
import { checkPayload, quote } from './claims.ts';
import { checkEnvelope } from './envelope.ts';
import { parseBundle } from './parse-bundle.ts';
import { simpleSigningBundle } from './simple-signing-bundle.ts';

/**
 * Reads a trust root, and makes its verifier. One entry of a transparency log, one signed
 * certificate timestamp and one trusted time are demanded of each signature.
 * @throws Error for a text that is not a `trusted_root.json`.
 */
export async function createIdentityVerifier(root: string): Promise<Verifier> {
  const { toTrustMaterial, TrustedRoot, Verifier } = await import('./sigstore.ts');
  return new Verifier(toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(root))));
}

/**
 * Verifies one signature by its certificate, and compares the certificate's identity and issuer.
 * @throws RefusedSignature
 */
export async function verifyByIdentity(
  verifier: Verifier,
  { identity, issuer }: IdentitySigner,
  image: SignedImage,
  evidence: Evidence,
): Promise<void> {
  const isSimple = evidence.kind === 'simple-signing';
  const bundle = await (isSimple ? simpleSigningBundle(evidence) : parseBundle(evidence.bytes));
  if (bundle.verificationMaterial.content.$case === 'publicKey') {
    throw new RefusedSignature('wrong-key', 'its signature has no certificate');
  }
  const artifact = isSimple ? evidence.payload : image.bytes;
  const signer = await verifyBundle(verifier, bundle, Buffer.from(artifact));
  const found = signer.identity?.subjectAlternativeName ?? '';
  const foundIssuer = signer.identity?.extensions?.issuer ?? '';
  if (foundIssuer !== issuer || !compileGlob(identity, '/')(found)) {
    throw new RefusedSignature(
      'wrong-identity',
      `its signature is by ${quote(found)} of ${quote(foundIssuer)}`,
    );
  }
  if (isSimple) checkPayload(image, evidence.payload);
  else checkEnvelope(image, bundle.content);
}

async function verifyBundle(verifier: Verifier, bundle: Bundle, artifact: Buffer) {
  const { toSignedEntity } = await import('./sigstore.ts');
  try {
    return verifier.verify(toSignedEntity(bundle, artifact));
  } catch (error) {
    throw toRefusal(error);
  }
}

const CODES: Readonly<Record<string, RefusalCode>> = {
  CERTIFICATE_ERROR: 'untrusted-certificate',
  SIGNATURE_ERROR: 'bad-signature',
  TIMESTAMP_ERROR: 'no-timestamp',
  TLOG_ERROR: 'no-log-entry',
  TLOG_INCLUSION_PROOF_ERROR: 'no-log-entry',
  TLOG_INCLUSION_PROMISE_ERROR: 'no-log-entry',
  TLOG_MISSING_INCLUSION_ERROR: 'no-log-entry',
  TLOG_BODY_ERROR: 'no-log-entry',
};

/** The texts of each reason; the library's own words follow in brackets. */
const REASONS: Partial<Record<RefusalCode, string>> = {
  'untrusted-certificate': 'the trust root does not know the certificate of its signature',
  'bad-signature': 'its signature is not by the key of its certificate',
  'no-timestamp': 'nothing trusted says when it was signed',
  'no-log-entry': 'no log of the trust root has its signature',
  expired: 'its certificate was not valid when it was signed',
};

/** Hostile input can make the library throw anything. All of it means that nothing was verified. */
function toRefusal(error: unknown): RefusedSignature {
  const { code, message, cause } = Object(error) as {
    code?: unknown;
    message?: unknown;
    cause?: unknown;
  };
  const inner = cause instanceof Error ? cause.message : String(message);
  const named = CODES[String(code)] ?? 'garbage';
  const refusal = named === 'untrusted-certificate' && /expired/.test(inner) ? 'expired' : named;
  const text = REASONS[refusal] ?? 'its signature cannot be read';
  return new RefusedSignature(refusal, `${text} (${quote(inner).slice(1, -1)})`);
}
