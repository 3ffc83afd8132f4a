import { connect } from 'node:net';
import type { Place } from './tcp.ts';

const WITHIN_MS = 4_000;

/**
 * Whether a port of TLS answers a short line that is no TLS. Servers answer it by an alert or an
 * error of a few bytes, or close the connection. A handshake takes packets of full size both ways:
 * keys for the post-quantum key exchange there, certificates back.
 */
export async function answersSmall({ address, port }: Place): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host: address, port });
  const timer = setTimeout(() => resolve(false), WITHIN_MS);
  socket.on('connect', () => socket.write('GET / HTTP/1.0\r\n\r\n'));
  socket.on('data', () => resolve(true));
  socket.on('end', () => resolve(true));
  socket.on('error', () => resolve(false));
  return promise.finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
}
