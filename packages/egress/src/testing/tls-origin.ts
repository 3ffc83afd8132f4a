import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';

export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** A root, an intermediate authority signed by it, and certificates signed by that one. */
export interface TlsChain {
  readonly root: KeyPair;
  readonly intermediate: KeyPair;
  /** The certificate for localhost, 127.0.0.1 and ::1. */
  readonly server: KeyPair;
  readonly clients: readonly [KeyPair, KeyPair];
}

const openssl = (...args: string[]) => promisify(execFile)('openssl', args);

export async function createTlsChain(): Promise<TlsChain> {
  const dir = await mkdtemp(join(tmpdir(), 'egress-chain-'));
  const path = (name: string) => join(dir, name);
  const issue = async (name: string, extension: string, signer?: string): Promise<KeyPair> => {
    const [cert, key] = [path(`${name}.pem`), path(`${name}.key`)];
    await openssl(
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-subj', `/CN=${name}`, '-days', '2', '-addext', extension],
      ...['-config', path('openssl.cnf'), '-keyout', key, '-out', cert],
      ...(signer ? ['-CA', path(`${signer}.pem`), '-CAkey', path(`${signer}.key`)] : []),
    );
    return { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') };
  };
  try {
    await writeFile(path('openssl.cnf'), '[req]\ndistinguished_name=dn\n[dn]\n');
    const ca = 'basicConstraints=critical,CA:TRUE';
    const root = await issue('root', ca);
    const intermediate = await issue('intermediate', ca, 'root');
    const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1';
    const server = await issue('server', names, 'intermediate');
    const use = 'extendedKeyUsage=clientAuth';
    const clients = [
      await issue('client-1', use, 'intermediate'),
      await issue('client-2', use, 'intermediate'),
    ] as const;
    return { root, intermediate, server, clients };
  } finally {
    await rm(dir, { recursive: true });
  }
}

export interface TlsOrigin extends AsyncDisposable {
  readonly url: string;
  /** For each request its Host, and the common name of the client's certificate; empty without one. */
  readonly seen: { readonly shown: string; readonly host: string | undefined }[];
}

/** An HTTPS server that asks for a client certificate. With `demands` it refuses others than the chain's. */
export async function startTlsOrigin(
  { server: { cert, key }, root, intermediate }: TlsChain,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  { host = '127.0.0.1', demands = false } = {},
): Promise<TlsOrigin> {
  const seen: { shown: string; host: string | undefined }[] = [];
  const server = createServer(
    {
      cert: cert + intermediate.cert,
      key,
      requestCert: true,
      rejectUnauthorized: demands,
      ca: [root.cert, intermediate.cert],
    },
    (request, response) => {
      const { subject } = (request.socket as TLSSocket).getPeerCertificate();
      seen.push({ shown: String(subject?.CN ?? ''), host: request.headers.host });
      handle(request, response);
    },
  );
  await once(server.listen(0, host), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await promisify(server.close.bind(server))();
    },
  };
}
