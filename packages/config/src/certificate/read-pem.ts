import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';

/** The first certificate of a PEM text; undefined where there is none, or a damaged one. */
export function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/** The private key of a PEM text; undefined where there is none, or a damaged or encrypted one. */
export function readKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}
