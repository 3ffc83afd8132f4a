import { formatDigest } from './format-digest.ts';

/** The name of an image with the begin of its digest: `quay.io/team/app@sha256:0123456789ab`. */
export function formatImage(name: string): string {
  const at = name.lastIndexOf('@');
  return at === -1 ? name : `${name.slice(0, at)}@${formatDigest(name.slice(at + 1))}`;
}

/** The name of an image with its tag or digest: `quay.io/team/app:v1`. */
export function formatWholeName({ image, reference }: { image: string; reference: string }) {
  return `${image}${reference.includes(':') ? '@' : ':'}${reference}`;
}
