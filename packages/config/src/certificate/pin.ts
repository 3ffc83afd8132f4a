import { createHash, X509Certificate } from 'node:crypto';

/** `sha256//…` of the key of the first certificate, as `curl --pinnedpubkey` takes it. */
export function formatKeyPin(pem: string): string {
  const key = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' });
  return `sha256//${createHash('sha256').update(key).digest('base64')}`;
}
