import type { Bundle } from '@sigstore/bundle';
import type { SignedImage } from '../rules.ts';
import { RefusedSignature } from '../verdict.ts';
import { checkStatement, quote } from './claims.ts';

const IN_TOTO = 'application/vnd.in-toto+json';

/** The bytes that the signature of a bundle covers: an envelope's, or the image's own manifest. */
export function signedBytes(image: SignedImage, content: Bundle['content']): Uint8Array {
  if (content.$case === 'messageSignature') return image.bytes;
  const { payloadType, payload } = content.dsseEnvelope;
  // Source: DSSE protocol v1.0, "Signature Definition".
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

/**
 * Checks that an envelope holds a statement about the image.
 * @throws RefusedSignature
 */
export function checkEnvelope(image: SignedImage, content: Bundle['content']): void {
  if (content.$case === 'messageSignature') return;
  const { payloadType, payload } = content.dsseEnvelope;
  if (payloadType !== IN_TOTO) {
    throw new RefusedSignature('garbage', `its bundle holds ${quote(payloadType)}`);
  }
  checkStatement(image, payload);
}
