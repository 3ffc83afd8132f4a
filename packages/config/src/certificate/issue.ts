import { makeCertificate } from '@registry-cache/certificates';
import type { Authority } from './parse-authority.ts';

const DAY_MS = 86_400_000;
const LIFETIME_DAYS = 825;

/**
 * A certificate for `names` that `authority` signs, its chain and its key, in one PEM text. All
 * names share it: one listener answers for them, and HTTP/2 does not need a certificate for each.
 */
export async function issueCertificate(
  authority: Authority,
  names: readonly string[],
  now: Date,
): Promise<string> {
  const { certificatePem, keyPem } = await makeCertificate({
    // A registry's name may be longer than the 64 characters of a common name.
    commonName: 'registry-cache proxy',
    names,
    notBefore: new Date(now.getTime() - DAY_MS),
    notAfter: new Date(now.getTime() + LIFETIME_DAYS * DAY_MS),
    issuer: { certificatePem: authority.certificatePem, keyPem: authority.keyPem.reveal() },
  });
  return `${certificatePem}${authority.chainPem}${keyPem}`;
}
