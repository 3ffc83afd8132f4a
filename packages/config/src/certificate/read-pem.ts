import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';

/** The first certificate of a PEM text; undefined where there is none, or a damaged one. */
export function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/**
 * The private key of a PEM text; undefined where there is none, or a damaged one.
 *
 * @param passphrase - Without it, an encrypted key counts as damaged.
 */
export function readKey(pem: string, passphrase?: string): KeyObject | undefined {
  try {
    return createPrivateKey({ key: pem, ...(passphrase !== undefined && { passphrase }) });
  } catch {
    return undefined;
  }
}
