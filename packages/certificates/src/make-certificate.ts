// @peculiar/x509 resolves its parts by decorators, so this has to load before it.
import 'reflect-metadata';
import { createPrivateKey, type KeyObject, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** What a certificate is to be. It has a new ECDSA key on P-256. */
export interface CertificateSpec {
  /** At most 64 characters (RFC 5280, appendix A.1). */
  readonly commonName: string;
  /** Names of a server: host names and addresses, of which IPv6 may stand in brackets. */
  readonly names?: readonly string[];
  /** Whether it may sign others, though no further authority. */
  readonly isAuthority?: boolean;
  /** Whether a client may show it as well. */
  readonly isForClients?: boolean;
  readonly notBefore: Date;
  /** Cut to the end of the issuer. */
  readonly notAfter: Date;
  /** Absent for a certificate that signs itself. */
  readonly issuer?: CertificateAndKey;
}

/** In PEM, each text ending with a line break. */
export interface CertificateAndKey {
  /** One certificate, without a chain. */
  readonly certificatePem: string;
  /** PKCS #8 where it was made here. As an issuer's, any form of RSA or ECDSA without a passphrase. */
  readonly keyPem: string;
}

/** podman 4 and docker make a handshake for each request. RSA costs ten times as much for it. */
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** Makes a certificate and its key. */
export async function makeCertificate(spec: CertificateSpec): Promise<CertificateAndKey> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await sign(spec, keys);
  return {
    certificatePem: `${certificate.toString('pem')}\n`,
    keyPem: await exportKey(keys.privateKey),
  };
}

async function sign(
  spec: CertificateSpec,
  keys: webcrypto.CryptoKeyPair,
): Promise<X509Certificate> {
  const { commonName, notBefore, notAfter, issuer } = spec;
  const subject = [{ CN: [commonName] }];
  const serialNumber = randomBytes(16).toString('hex');
  if (issuer === undefined) {
    const extensions = [
      ...describeUse(spec),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ];
    const signingAlgorithm = ALGORITHM;
    return X509CertificateGenerator.createSelfSigned({
      ...{ name: subject, serialNumber, notBefore, notAfter, signingAlgorithm, keys, extensions },
    });
  }
  const signer = new X509Certificate(issuer.certificatePem);
  const { key, algorithm } = await importKey(issuer.keyPem);
  return X509CertificateGenerator.create({
    subject,
    // Its very bytes: Go finds an issuer by them, and one text has several encodings.
    issuer: signer.subjectName,
    serialNumber,
    notBefore,
    notAfter: new Date(Math.min(notAfter.getTime(), signer.notAfter.getTime())),
    publicKey: keys.publicKey,
    signingKey: key,
    signingAlgorithm: algorithm,
    extensions: [...describeUse(spec), await AuthorityKeyIdentifierExtension.create(signer)],
  });
}

function describeUse({ names = [], isAuthority, isForClients }: CertificateSpec): Extension[] {
  const isServer = names.length > 0;
  const use =
    (isServer ? KeyUsageFlags.digitalSignature : 0) |
    (isAuthority ? KeyUsageFlags.keyCertSign : 0) |
    (isAuthority && !isServer ? KeyUsageFlags.cRLSign : 0);
  const purposes = [
    ...(isServer ? [ExtendedKeyUsage.serverAuth] : []),
    ...(isForClients ? [ExtendedKeyUsage.clientAuth] : []),
  ];
  return [
    new BasicConstraintsExtension(isAuthority ?? false, isAuthority ? 0 : undefined, true),
    new KeyUsagesExtension(use, true),
    ...(purposes.length > 0 ? [new ExtendedKeyUsageExtension(purposes)] : []),
    ...(isServer ? [new SubjectAlternativeNameExtension(names.map(describeName))] : []),
  ];
}

function describeName(name: string) {
  const value = name.replace(/^\[|\]$/g, '');
  return { type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value };
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  const keyObject = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return keyObject.export({ type: 'pkcs8', format: 'pem' }).toString();
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

function curveOf(key: KeyObject): string {
  const curves: Readonly<Record<string, string>> = {
    prime256v1: 'P-256',
    secp384r1: 'P-384',
    secp521r1: 'P-521',
  };
  return curves[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? '';
}
