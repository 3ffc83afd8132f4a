import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where Kubernetes mounts what a pod needs to speak to the API server. */
export const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** What the API server of this cluster is trusted by and asked with. */
export interface ClusterAccess {
  /** PEM; undefined where none is mounted. */
  readonly ca: string | undefined;
  readonly token: string | undefined;
}

/** Whether a URL leads to the API server of the cluster that this runs in, over TLS. */
export function isInCluster({ protocol, hostname, port }: URL): boolean {
  return (
    protocol === 'https:' && port === '' && /^kubernetes\.default(\.svc(\..+)?)?$/.test(hostname)
  );
}

/** Reads both files anew, because the token is replaced every hour. */
export async function readClusterAccess(folder: string): Promise<ClusterAccess> {
  const read = (name: string) => readFile(join(folder, name), 'utf8').catch(() => undefined);
  const [ca, token] = await Promise.all([read('ca.crt'), read('token')]);
  return { ca, token: token?.trim() };
}

/** Where the API server of every cluster has its keys. */
const KEYS_PATH = '/openid/v1/jwks';

/**
 * The URL by which the keys of this cluster are fetched. Its discovery document often names another
 * address of the API server, and the token of this pod must go to no other host.
 */
export function keepInCluster(keys: URL, issuer: URL): URL {
  if (!isInCluster(issuer) || keys.pathname !== KEYS_PATH) return keys;
  const kept = new URL(issuer);
  kept.pathname = KEYS_PATH;
  kept.search = '';
  return kept;
}
