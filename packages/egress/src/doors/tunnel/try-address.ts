import { connect, type LookupFunction } from 'node:net';
import type { OnwardDeps } from './onward.ts';

/**
 * Connects to the host, closes the connection at once, and returns its address. Undefined if every
 * address of the host is forbidden.
 * @throws the error of the resolver or of TCP; ETIMEDOUT after `connectMs`.
 */
export async function tryAddress(
  host: string,
  port: number,
  { rules, lookup, connectMs }: Omit<OnwardDeps, 'env' | 'proxyLookup'>,
): Promise<string | undefined> {
  let isForbidden = false;
  const judged: LookupFunction = (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, []);
      const allowed = found.filter(({ address }) => !rules.forbidsAddress(address, port));
      isForbidden = allowed.length === 0;
      callback(isForbidden ? new Error('forbidden') : null, allowed);
    });
  };
  try {
    return await connectOnce(host, port, judged, connectMs);
  } catch (error) {
    if (isForbidden) return undefined;
    throw error;
  }
}

function connectOnce(
  host: string,
  port: number,
  lookup: LookupFunction,
  timeoutMs: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, lookup, autoSelectFamily: true });
    const late = setTimeout(() => {
      socket.destroy(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' }));
    }, timeoutMs);
    socket.once('connect', () => {
      resolve(socket.remoteAddress ?? host);
      socket.destroy();
    });
    socket.once('error', reject);
    socket.once('close', () => clearTimeout(late));
  });
}
