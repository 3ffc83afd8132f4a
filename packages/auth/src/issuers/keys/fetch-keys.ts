import { asObject, type IssuerOptions } from '@registry-cache/domain';
import { keepInCluster } from './cluster.ts';
import type { FetchJson } from './fetch-json.ts';
import { createKeySet, type KeySet } from './key-set.ts';

/** All requests for one set of keys together. */
const TIMEOUT_MS = 5_000;

/**
 * Fetches the keys of an issuer, after OpenID discovery where the policy names no URL.
 *
 * @throws Error that says which document is wrong
 */
export async function fetchKeys(
  { issuer, keys }: IssuerOptions,
  fetchJson: FetchJson,
): Promise<KeySet> {
  if (keys.from === 'file') return createKeySet({ keys: keys.keys });
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const url =
    keys.from === 'url'
      ? new URL(keys.url)
      : await discover(new URL(issuer), issuer, (document) => fetchJson(document, signal));
  return createKeySet(await fetchJson(url, signal));
}

/**
 * Finds the URL of the keys. The document must be the issuer's own, and must not lead from https to
 * http, where anybody on the way could exchange the keys.
 * Source: OpenID Connect Discovery 1.0, sections 4.1 and 4.3.
 */
async function discover(
  base: URL,
  issuer: string,
  get: (url: URL) => Promise<unknown>,
): Promise<URL> {
  const document = new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  const { issuer: named, jwks_uri: keys } = asObject(await get(document));
  if (named !== issuer) throw new Error(`${document.href} is a document of another issuer`);
  if (typeof keys !== 'string' || !URL.canParse(keys)) {
    throw new Error(`${document.href} names no URL of keys (jwks_uri)`);
  }
  const url = new URL(keys);
  const isAllowed =
    url.protocol === 'https:' || (base.protocol === 'http:' && url.protocol === 'http:');
  if (!isAllowed) throw new Error(`${document.href} names keys (jwks_uri) that are not at https`);
  return keepInCluster(url, base);
}
