import { makeCertificate } from '@registry-cache/certificates';

const DAY_MS = 86_400_000;
const LIFETIME_DAYS = 825;
const COMMON_NAME = 'registry-cache';
/** The subject by which a certificate that was made here is known. */
export const SUBJECT = `CN=${COMMON_NAME}`;

/**
 * A self-signed server certificate for `names` (host names and IP addresses) with its key, in one
 * PEM text. Clients trust the certificate itself, so it is its own authority.
 */
export async function createServerCertificate(
  names: readonly string[],
  now: Date,
): Promise<string> {
  const { certificatePem, keyPem } = await makeCertificate({
    commonName: COMMON_NAME,
    names,
    isAuthority: true,
    notBefore: new Date(now.getTime() - DAY_MS),
    notAfter: new Date(now.getTime() + LIFETIME_DAYS * DAY_MS),
  });
  return `${certificatePem}${keyPem}`;
}
