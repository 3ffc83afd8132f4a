import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface TlsPair {
  readonly cert: string;
  readonly key: string;
}

let made: Promise<TlsPair> | undefined;

/** A self-signed certificate for 127.0.0.1, as PEM; made once for each process. */
export function loopbackCertificate(): Promise<TlsPair> {
  made ??= make();
  return made;
}

async function make(): Promise<TlsPair> {
  const { stdout } = await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-subj', '/CN=reg.test', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'],
    ...['-keyout', '-', '-out', '-'],
  ]);
  const block = (kind: string) =>
    new RegExp(`-----BEGIN ${kind}-----[^]+?-----END ${kind}-----\n`).exec(stdout)?.[0] ?? '';
  return { cert: block('CERTIFICATE'), key: block('PRIVATE KEY') };
}
