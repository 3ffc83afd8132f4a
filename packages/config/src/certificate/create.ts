// @peculiar/x509 resolves its parts by decorators and wants this first.
import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** ECDSA P-256: podman 4 and docker make a handshake for every request, RSA costs them ten times that. */
export const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const LIFETIME_DAYS = 825;
/** By which a certificate that was made here is known. */
export const SUBJECT = 'CN=registry-cache';

/**
 * A self-signed server certificate for `names` (host names and IP addresses) with its key,
 * in one PEM text. Clients trust it by being given it, so it is its own authority.
 */
export async function createServerCertificate(
  names: readonly string[],
  now: Date,
): Promise<string> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: SUBJECT,
    serialNumber: randomBytes(16).toString('hex'),
    notBefore: new Date(now.getTime() - 86_400_000),
    notAfter: new Date(now.getTime() + LIFETIME_DAYS * 86_400_000),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyCertSign, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        names.map((name) => ({ type: isIP(name) > 0 ? 'ip' : 'dns', value: name })),
      ),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return `${certificate.toString('pem')}\n${await exportKey(keys.privateKey)}\n`;
}

/** PKCS #8 in PEM. */
export async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64');
  const lines = der.match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----`;
}
