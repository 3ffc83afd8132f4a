import { asObject, parseObject, splitDigest } from '@registry-cache/domain';
import type { SignedImage } from '../rules.ts';
import { RefusedSignature } from '../verdict.ts';

/**
 * Checks what a payload of cosign's older form says: it must be about this digest and, if it names
 * a repository, about this one.
 * Source: containers/image, docs/containers-signature.5.md, "critical".
 * @throws RefusedSignature
 */
export function checkPayload(image: SignedImage, payload: Uint8Array): void {
  const critical = asObject(parseObject(payload).critical);
  const named = asObject(critical.image)['docker-manifest-digest'];
  if (typeof named !== 'string') {
    throw new RefusedSignature('garbage', 'its signature names no digest');
  }
  if (named !== image.digest) throw otherDigest();
  const reference = asObject(critical.identity)['docker-reference'];
  if (typeof reference !== 'string' || reference === '') return;
  if (!image.repositories.includes(repositoryOf(reference))) {
    throw new RefusedSignature(
      'wrong-repository',
      `its signature is for ${quote(reference)}, not for ${image.repositories[0]}`,
    );
  }
}

/**
 * Checks that an in-toto statement is about this digest.
 * Source: in-toto attestation framework, spec/v1/statement.md.
 * @throws RefusedSignature
 */
export function checkStatement(image: SignedImage, payload: Uint8Array): void {
  const { _type, subject } = parseObject(payload);
  const isStatement =
    typeof _type === 'string' && _type.startsWith('https://in-toto.io/Statement/');
  if (!isStatement || !Array.isArray(subject)) {
    throw new RefusedSignature('garbage', 'its bundle holds no in-toto statement');
  }
  const { algorithm, hex } = splitDigest(image.digest);
  if (!subject.some((one) => asObject(asObject(one).digest)[algorithm] === hex)) {
    throw otherDigest();
  }
}

/** The path of a reference such as `ghcr.io/org/app:v1`, without registry, tag and digest. */
function repositoryOf(reference: string): string {
  const name = reference.replace(/@.*$/s, '').replace(/:[^/:]*$/, '');
  const [first = '', ...rest] = name.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  return isHost ? rest.join('/') : name;
}

function otherDigest(): RefusedSignature {
  return new RefusedSignature('wrong-digest', 'its signature is for another digest');
}

/** A text of the signer, which may be anything, for one line of a message. */
export function quote(text: string): string {
  return JSON.stringify(text.slice(0, 200)).replace(/[^\x20-\x7e]/g, '?');
}
