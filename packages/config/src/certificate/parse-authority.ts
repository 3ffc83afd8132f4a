import { X509Certificate } from 'node:crypto';
import { accept, type Parsed, reject, Secret } from '@registry-cache/domain';
import { parseAuthorities } from './parse.ts';
import { readKey } from './read-pem.ts';

/** The authority that signs for the proxied registries. */
export interface Authority {
  /** The signing certificate alone. */
  readonly certificatePem: string;
  /** The signing certificate and those above it. Clients may have them. */
  readonly chainPem: string;
  readonly keyPem: Secret;
}

/**
 * The intercepting proxies encrypt the key of each authority that they make by this one word. So
 * clients that trust such an authority need no new one.
 * Source: docker-registry-proxy, `create_ca_cert.sh`.
 */
const THEIR_PASSPHRASE = 'foobar';

const CURVES = ['prime256v1', 'secp384r1', 'secp521r1'];

/**
 * `ca.crt`, of which the first certificate signs, and `ca.key`, its key. The key is not encrypted,
 * or as the intercepting proxies do it.
 */
export function parseAuthority(
  file: string,
  certificateText: string,
  keyText: string,
): Parsed<Authority> {
  const chain = parseAuthorities(file, certificateText);
  if (!chain.ok) return chain;
  const refuse = (found: string) =>
    reject({
      path: file,
      found,
      accepted: 'the certificate of an authority, and its key beside it',
    });
  const certificate = new X509Certificate(chain.value);
  if (!certificate.ca) return refuse('a certificate that is not an authority’s');
  const plain = readKey(keyText);
  const key = plain ?? readKey(keyText, THEIR_PASSPHRASE);
  if (key === undefined) return refuse('a private key that is damaged or encrypted');
  if (!certificate.checkPrivateKey(key))
    return refuse("a private key that is not the certificate's");
  const curve = key.asymmetricKeyDetails?.namedCurve ?? '';
  if (key.asymmetricKeyType !== 'rsa' && !CURVES.includes(curve)) {
    return refuse('a private key that is neither RSA nor ECDSA on a common curve');
  }
  const certificatePem = certificate.toString();
  const keyPem = plain ? keyText : String(key.export({ type: 'pkcs8', format: 'pem' }));
  return accept({ certificatePem, chainPem: chain.value, keyPem: new Secret(keyPem) });
}
