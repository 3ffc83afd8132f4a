import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { RunPaths } from '@registry-cache/domain';
import { issueCertificate } from './issue.ts';
import type { Authority } from './parse-authority.ts';

/** Path of the proxied registries' certificate in the run directory. */
export const PROXY_CERTIFICATE = 'etc/haproxy/proxy-certs.pem';
const RENEW_BEFORE_DAYS = 30;

/**
 * The certificate for the registries that the proxy answers for, with its chain and key in PEM. The
 * one in use stays as long as it fits, so that an update leaves the edge alone.
 */
export async function obtainProxyCertificate(
  authority: Authority,
  names: readonly string[],
  run: RunPaths,
  now: Date,
): Promise<string> {
  const used = await readFile(join(run.root, PROXY_CERTIFICATE), 'utf8').catch(() => '');
  const fits = isFor(used, names, authority.certificatePem, now);
  return fits ? used : await issueCertificate(authority, names, now);
}

function isFor(pem: string, names: readonly string[], authority: string, now: Date): boolean {
  if (pem === '') return false;
  const leaf = new X509Certificate(pem);
  const listed = leaf.subjectAltName?.split(', ') ?? [];
  const isListed = (name: string) => {
    const address = name.replace(/^\[|\]$/g, '');
    return isIP(address) === 0
      ? listed.includes(`DNS:${name}`)
      : leaf.checkIP(address) !== undefined;
  };
  const leftMs = leaf.validToDate.getTime() - now.getTime();
  return (
    listed.length === names.length &&
    names.every(isListed) &&
    leftMs > RENEW_BEFORE_DAYS * 86_400_000 &&
    leaf.verify(new X509Certificate(authority).publicKey)
  );
}
