import { createHash, createPrivateKey, createPublicKey, scryptSync, sign } from 'node:crypto';
import { Secret } from '@registry-cache/domain';

export interface PeerCertificate {
  /** It signs itself. */
  readonly certificatePem: string;
  /** The certificate, and its key in PKCS #8. */
  readonly shownPem: Secret;
}

/** Slow enough that nobody finds a secret by trying words against the certificate. */
const SCRYPT = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };
const SALT = 'registry-cache peers 1';
const NAME = 'registry-cache peer ';

/** An Ed25519 key in PKCS #8 is this and its 32 bytes (RFC 8410, section 7). */
const PKCS8_START = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * The certificate that follows from a secret: Ed25519 and X.509 (RFC 8410, RFC 5280), and the same
 * bytes wherever it is made. So each replica makes it for itself, and only those that know the
 * secret have its key. It says nothing of the time, since it lives as long as the secret.
 */
export function derivePeerCertificate(secret: Secret): PeerCertificate {
  const seed = scryptSync(secret.reveal(), SALT, 32, SCRYPT);
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8_START, seed]),
    format: 'der',
    type: 'pkcs8',
  });
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const signed = describeCertificate(publicKey);
  const signature = sign(null, signed, key);
  const certificate = sequence(signed, ED25519, bitString(signature));
  const certificatePem = toPem(certificate);
  const keyPem = key.export({ format: 'pem', type: 'pkcs8' }).toString();
  return { certificatePem, shownPem: new Secret(certificatePem + keyPem) };
}

/** The part of a certificate that is signed (RFC 5280, section 4.1). */
function describeCertificate(publicKey: Buffer): Buffer {
  const keyHash = createHash('sha256').update(publicKey).digest().subarray(0, 16);
  // A serial number is positive, so its first bit is 0.
  const serial = Buffer.concat([Buffer.of(0x01), keyHash]);
  // Of its own, since OpenSSL finds an authority by its name.
  const text = Buffer.from(NAME + keyHash.toString('hex'));
  const name = sequence(tagged(0x31, sequence(oid('550403'), tagged(0x0c, text))));
  const validity = sequence(
    tagged(0x17, Buffer.from('200101000000Z')),
    // No certain end (RFC 5280, section 4.1.2.5).
    tagged(0x18, Buffer.from('99991231235959Z')),
  );
  const yes = tagged(0x01, Buffer.of(0xff));
  const extensions = sequence(
    // Basic constraints: an authority, of itself alone.
    sequence(oid('551d13'), yes, octets(sequence(yes, tagged(0x02, Buffer.of(0))))),
    // Key usage: signatures of handshakes and certificates.
    sequence(oid('551d0f'), yes, octets(tagged(0x03, Buffer.of(2, 0x84)))),
    // Purposes: TLS servers and clients.
    sequence(oid('551d25'), octets(sequence(oid('2b06010505070301'), oid('2b06010505070302')))),
    // Subject key identifier.
    sequence(oid('551d0e'), octets(octets(keyHash))),
  );
  return sequence(
    tagged(0xa0, tagged(0x02, Buffer.of(2))),
    tagged(0x02, serial),
    ED25519,
    name,
    validity,
    name,
    publicKey,
    tagged(0xa3, extensions),
  );
}

/** One element of DER (X.690): its tag, its length and its content. */
function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size =
    length < 0x80
      ? Buffer.of(length)
      : length < 0x100
        ? Buffer.of(0x81, length)
        : Buffer.of(0x82, length >> 8, length & 0xff);
  return Buffer.concat([Buffer.of(tag), size, content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function oid(hex: string): Buffer {
  return tagged(0x06, Buffer.from(hex, 'hex'));
}

function octets(content: Buffer): Buffer {
  return tagged(0x04, content);
}

function bitString(content: Buffer): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.of(0), content]));
}

const ED25519 = sequence(oid('2b6570'));

function toPem(der: Buffer): string {
  const lines = der.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}
