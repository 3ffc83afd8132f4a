import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerCertificate } from '../certificates.ts';
import type { Credentials } from '../http-client.ts';
import { makeHtpasswd } from './htpasswd.ts';

export interface RegistryOptions {
  /** The address to listen on. Default 127.0.0.1. */
  readonly host?: string;
  /** Default a free one. */
  readonly port?: number;
  readonly tls?: ServerCertificate;
  /** Basic authentication: the password of each user. */
  readonly passwords?: Readonly<Record<string, string>>;
  readonly tokens?: TokenTrust;
  /** Makes it a pull-through cache of another registry, to compare the appliance with. */
  readonly proxy?: { readonly url: string } & Partial<Credentials>;
}

/** The token service whose tokens a registry accepts. It is `trust` of a token service. */
export interface TokenTrust {
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** PEM of the signing certificates, or… */
  readonly rootCertificatesPem?: string;
  /** … a JSON Web Key Set. */
  readonly jwks?: object;
}

/**
 * Writes a configuration for the distribution registry (v3.1.1) and its files into `folder`.
 * Returns the configuration's path. It is JSON, which is also YAML.
 */
export async function writeRegistryConfig(
  folder: string,
  options: RegistryOptions & { readonly address: string; readonly instanceId: string },
): Promise<string> {
  const storage = join(folder, 'storage');
  await mkdir(storage, { recursive: true });
  const writeBeside = async (name: string, text: string) => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const config = {
    version: 0.1,
    log: { level: 'info', formatter: 'json' },
    storage: { filesystem: { rootdirectory: storage }, delete: { enabled: true } },
    http: {
      addr: options.address,
      headers: { 'X-Testbed-Instance': [options.instanceId] },
      ...(await tlsSection(options.tls, writeBeside)),
    },
    ...(await authSection(options, writeBeside)),
    ...proxySection(options.proxy),
  };
  return writeBeside('config.yml', JSON.stringify(config, undefined, 2));
}

type WriteBeside = (name: string, text: string) => Promise<string>;

async function tlsSection(
  tls: ServerCertificate | undefined,
  writeBeside: WriteBeside,
): Promise<object> {
  if (tls === undefined) return {};
  return {
    tls: {
      certificate: await writeBeside('server.crt', tls.certificatePem),
      key: await writeBeside('server.key', tls.keyPem),
    },
  };
}

async function authSection(
  { passwords, tokens }: RegistryOptions,
  writeBeside: WriteBeside,
): Promise<object> {
  if (passwords !== undefined) {
    const path = await writeBeside('htpasswd', await makeHtpasswd(passwords));
    return { auth: { htpasswd: { realm: 'testbed', path } } };
  }
  if (tokens === undefined) return {};
  const { realm, service, issuer, rootCertificatesPem, jwks } = tokens;
  return {
    auth: {
      token: {
        realm,
        service,
        issuer,
        ...(rootCertificatesPem && {
          rootcertbundle: await writeBeside('token-roots.pem', rootCertificatesPem),
        }),
        ...(jwks && { jwks: await writeBeside('token-keys.json', JSON.stringify(jwks)) }),
      },
    },
  };
}

function proxySection(proxy: RegistryOptions['proxy']): object {
  if (proxy === undefined) return {};
  const { url, ...credentials } = proxy;
  return { proxy: { remoteurl: url, ttl: '0s', ...credentials } };
}
