import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { basicAuthorization, type Credentials } from '../http-client.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';

export interface ClientOptions {
  /** PEM of the certificates to trust. */
  readonly ca: string;
  /** The login of each registry, such as `127.0.0.1:8443` or `quay.io`. */
  readonly logins?: Readonly<Record<string, Credentials>>;
  /** The mirror that is tried before each prefix: `{'quay.io': '127.0.0.1:8443/quay.io'}`. */
  readonly mirrors?: Readonly<Record<string, string>>;
  /** HTTPS_PROXY, such as `http://127.0.0.1:3128`. */
  readonly proxy?: string;
}

/** The files of one client, separate from those of the user who runs the tests. */
export interface ClientHome {
  readonly path: string;
  readonly certDir: string;
  readonly authFile: string;
  readonly env: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

/** Writes the files of podman, skopeo and buildah: certificates, logins, mirrors. */
export async function makeClientHome(name: string, options: ClientOptions): Promise<ClientHome> {
  const { path, remove } = await makeTemporaryFolder(name);
  const certDir = join(path, 'certs');
  const authFile = join(path, 'auth.json');
  const registriesFile = join(path, 'registries.conf');
  await mkdir(certDir);
  await writeFile(join(certDir, 'ca.crt'), options.ca);
  await writeFile(authFile, JSON.stringify({ auths: formatLogins(options.logins) }));
  await writeFile(registriesFile, formatMirrors(options.mirrors));
  const env = {
    HOME: path,
    REGISTRY_AUTH_FILE: authFile,
    CONTAINERS_REGISTRIES_CONF: registriesFile,
    // For commands without --cert-dir.
    SSL_CERT_FILE: join(certDir, 'ca.crt'),
    ...(options.proxy !== undefined && { HTTPS_PROXY: options.proxy, NO_PROXY: '' }),
  };
  return { path, certDir, authFile, env, remove };
}

function formatLogins(logins: ClientOptions['logins'] = {}): object {
  return Object.fromEntries(
    Object.entries(logins).map(([registry, credentials]) => [
      registry,
      { auth: basicAuthorization(credentials).replace('Basic ', '') },
    ]),
  );
}

/** containers-registries.conf(5), version 2. */
function formatMirrors(mirrors: ClientOptions['mirrors'] = {}): string {
  const blocks = Object.entries(mirrors).map(
    ([prefix, mirror]) => `
[[registry]]
prefix = "${prefix}"
location = "${prefix}"
[[registry.mirror]]
location = "${mirror}"
`,
  );
  return `unqualified-search-registries = ["docker.io"]\n${blocks.join('')}`;
}
