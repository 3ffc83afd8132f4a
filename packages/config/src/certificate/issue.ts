// @peculiar/x509 resolves its parts by decorators and wants this first.
import 'reflect-metadata';
import { createPrivateKey, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { ALGORITHM, exportKey } from './create.ts';
import type { Authority } from './parse-authority.ts';

const LIFETIME_DAYS = 825;

/**
 * A certificate for `names` that `authority` signs, its chain and its key, in one PEM text. One
 * for all names: they are answered by one listener, and HTTP/2 needs no certificate each.
 */
export async function issueCertificate(
  authority: Authority,
  names: readonly string[],
  now: Date,
): Promise<string> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const issuer = new X509Certificate(authority.certificatePem);
  const { key, algorithm } = await importKey(authority.keyPem.reveal());
  const endMs = now.getTime() + LIFETIME_DAYS * 86_400_000;
  const certificate = await X509CertificateGenerator.create({
    // A name of one of them may be longer than the 64 characters of a common name.
    subject: 'CN=registry-cache proxy',
    issuer: issuer.subject,
    serialNumber: randomBytes(16).toString('hex'),
    notBefore: new Date(now.getTime() - 86_400_000),
    notAfter: new Date(Math.min(endMs, issuer.notAfter.getTime())),
    publicKey: keys.publicKey,
    signingKey: key,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(names.map(describeName)),
      await AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  const leaf = certificate.toString('pem');
  return `${leaf}\n${authority.chainPem}${await exportKey(keys.privateKey)}\n`;
}

/** An IPv6 address comes in brackets, as a CONNECT names it. */
function describeName(name: string) {
  const value = name.replace(/^\[|\]$/g, '');
  return { type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value };
}

/** Operators bring RSA as well as ECDSA, in any form of PEM. */
async function importKey(pem: string) {
  const key = createPrivateKey(pem);
  const algorithm =
    key.asymmetricKeyType === 'rsa'
      ? ({ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } as const)
      : ({ name: 'ECDSA', namedCurve: curveOf(key), hash: 'SHA-256' } as const);
  const der = key.export({ type: 'pkcs8', format: 'der' });
  return {
    algorithm,
    key: await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']),
  };
}

function curveOf(key: ReturnType<typeof createPrivateKey>): string {
  const curves: Readonly<Record<string, string>> = {
    prime256v1: 'P-256',
    secp384r1: 'P-384',
    secp521r1: 'P-521',
  };
  return curves[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? '';
}
