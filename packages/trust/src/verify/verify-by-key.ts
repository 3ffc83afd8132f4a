import type { KeyObject } from 'node:crypto';
import type { Evidence } from '../find/evidence.ts';
import type { SignedImage } from '../rules.ts';
import { RefusedSignature } from '../verdict.ts';
import { checkPayload } from './claims.ts';
import { checkEnvelope, signedBytes } from './envelope.ts';
import { isSignedBy } from './key-signature.ts';
import { parseBundle } from './parse-bundle.ts';
import { SIGNATURE } from './simple-signing-bundle.ts';

/**
 * Verifies one signature by a public key. A key has no times, so neither logs nor timestamps count.
 * @throws RefusedSignature
 */
export async function verifyByKey(
  key: KeyObject,
  image: SignedImage,
  evidence: Evidence,
): Promise<void> {
  if (evidence.kind === 'simple-signing') {
    const signature = Buffer.from(evidence.annotations[SIGNATURE] ?? '', 'base64');
    if (!isSignedBy(key, evidence.payload, signature)) throw otherKey();
    checkPayload(image, evidence.payload);
    return;
  }
  const { content } = await parseBundle(evidence.bytes);
  const signature =
    content.$case === 'dsseEnvelope'
      ? content.dsseEnvelope.signatures[0]?.sig
      : content.messageSignature.signature;
  const isOurs = isSignedBy(key, signedBytes(image, content), signature ?? Buffer.alloc(0));
  // The bytes of the image itself are signed in a message, so a wrong digest looks like a wrong key.
  if (!isOurs) throw otherKey();
  checkEnvelope(image, content);
}

function otherKey(): RefusedSignature {
  return new RefusedSignature('wrong-key', 'its signature is by another key');
}
