import { accept, type Parsed, reject, Secret } from '@registry-cache/domain';
import { keepCertificates } from './parse.ts';
import { readCertificate, readKey } from './read-pem.ts';

/** The certificate that this appliance shows to an upstream in TLS. */
export interface ShownCertificate {
  /** PEM, with its chain. */
  readonly cert: string;
  /** PEM. */
  readonly key: Secret;
}

/** The text of both parts, and their place in the policy for issues. */
export interface ClientCertificateText {
  readonly path: string;
  readonly cert: string;
  readonly key: string;
}

/** A certificate and the private key that belongs to it. `cert` may be a file that has both. */
export function parseClientCertificate(text: ClientCertificateText): Parsed<ShownCertificate> {
  const { path } = text;
  const cert = keepCertificates(text.cert);
  const leaf = readCertificate(cert);
  if (leaf === undefined) {
    return reject({ path: `${path}.cert`, found: 'no certificate', accepted: 'PEM certificates' });
  }
  const key = readKey(text.key);
  const accepted = 'the private key of cert in PEM, without a passphrase';
  if (key === undefined) {
    const found = 'no private key, or one that is damaged or encrypted';
    return reject({ path: `${path}.key`, found, accepted });
  }
  if (!leaf.checkPrivateKey(key)) {
    return reject({ path: `${path}.key`, found: 'the key of another certificate', accepted });
  }
  const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
  return accept({ cert, key: new Secret(pem) });
}
