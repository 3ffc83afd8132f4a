import http from 'node:http';
import https from 'node:https';
import { getCACertificates } from 'node:tls';
import { isInCluster, readClusterAccess, SERVICE_ACCOUNT } from './cluster.ts';

/** Gets JSON of a URL. */
export type FetchJson = (url: URL, signal: AbortSignal) => Promise<unknown>;

export interface FetchOptions {
  /** PEM certificates to trust besides the system's; empty for none. */
  readonly ca: string;
  /** Names the outbound proxies: HTTPS_PROXY, HTTP_PROXY, NO_PROXY. */
  readonly env: NodeJS.ProcessEnv;
  /** The folder of `ca.crt` and `token` in a pod. */
  readonly serviceAccount?: string;
}

/** Key sets have some KiB. The largest ones of public issuers have 20. */
const MAX_BYTES = 512 * 1024;

/**
 * Fetches documents of issuers: small ones, with the status 200, without a redirect. The API server
 * of the pod's own cluster is trusted by the mounted authority, asked with the mounted token, and
 * never through an outbound proxy.
 */
export function createFetchJson(options: FetchOptions): FetchJson {
  const { ca, env, serviceAccount = SERVICE_ACCOUNT } = options;
  return async (url, signal) => {
    const isCluster = isInCluster(url);
    const cluster = isCluster ? await readClusterAccess(serviceAccount) : undefined;
    const trusted = [...systemRoots(), ca, cluster?.ca ?? ''].filter((pem) => pem !== '');
    const proxyEnv = isCluster ? {} : { proxyEnv: env };
    const agent =
      url.protocol === 'https:'
        ? new https.Agent({ ...proxyEnv, ca: trusted })
        : new http.Agent({ ...proxyEnv });
    const headers = {
      // Kubernetes answers 406 for its keys unless the second type is accepted.
      accept: 'application/json, application/jwk-set+json',
      'user-agent': 'registry-cache',
      ...(cluster?.token !== undefined && { authorization: `Bearer ${cluster.token}` }),
    };
    try {
      return JSON.parse(await fetchText(url, { agent, headers, signal }));
    } catch (error) {
      if (error instanceof SyntaxError) throw new Error(`${url.href} did not answer with JSON`);
      throw error;
    } finally {
      agent.destroy();
    }
  };
}

async function fetchText(url: URL, options: https.RequestOptions): Promise<string> {
  const { get } = url.protocol === 'https:' ? https : http;
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  get(url, options, resolve).on('error', reject);
  const response = await promise;
  if (response.statusCode !== 200) {
    response.destroy();
    throw new Error(`${url.href} answered with status ${response.statusCode}, not 200`);
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error(`${url.href} has more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** As egress trusts registries: the container's certificates, or else those of Node.js. */
function systemRoots(): string[] {
  const system = getCACertificates('system');
  const roots = system.length > 0 ? system : getCACertificates('bundled');
  return [...roots, ...getCACertificates('extra')];
}
