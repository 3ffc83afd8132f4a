import { request } from 'node:https';
import { type CacheAddress, splitAddress } from './address.ts';

/** An answer of the cache. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/**
 * Sends a GET to the cache, over a new connection: an open one would hide that new ones fail.
 *
 * @throws if the answer is not whole in time.
 */
export function askCache(
  { address, ca }: CacheAddress,
  path: string,
  timeoutMs: number,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const signal = AbortSignal.timeout(timeoutMs);
  const options = {
    ...splitAddress(address),
    path,
    ca,
    signal,
    agent: false as const,
    // A certificate of cert-manager comes without its root, and is trusted itself.
    allowPartialTrustChain: true,
  };
  const sent = request(options, (response) => {
    const parts: Buffer[] = [];
    response.on('data', (part: Buffer) => parts.push(part));
    response.on('error', reject);
    response.on('end', () => {
      resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() });
    });
  });
  sent.on('error', reject);
  sent.end();
  return promise;
}

/** Whether the cache answers requests of the registry API. Asking for a login is an answer, too. */
export async function isAnswering(cache: CacheAddress, timeoutMs: number): Promise<boolean> {
  try {
    const { status } = await askCache(cache, '/v2/', timeoutMs);
    return status === 200 || status === 401;
  } catch {
    return false;
  }
}
