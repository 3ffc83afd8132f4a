// @peculiar/x509 resolves its parts by decorators and wants this first.
import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { ALGORITHM, exportKey } from './create.ts';

/** Clients are given it once: to replace it means to visit each of them. */
const LIFETIME_DAYS = 3650;

/** An authority of its own name, whose certificates end with it: it signs for hosts and no other authority. */
export async function createAuthority(
  now: Date,
): Promise<{ readonly certificatePem: string; readonly keyPem: string }> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    // Two appliances may be trusted by one client, which looks authorities up by name.
    name: `CN=registry-cache authority ${randomBytes(4).toString('hex')}`,
    serialNumber: randomBytes(16).toString('hex'),
    notBefore: new Date(now.getTime() - 86_400_000),
    notAfter: new Date(now.getTime() + LIFETIME_DAYS * 86_400_000),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    certificatePem: `${certificate.toString('pem')}\n`,
    keyPem: `${await exportKey(keys.privateKey)}\n`,
  };
}
