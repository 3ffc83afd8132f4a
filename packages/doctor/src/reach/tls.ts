import { isIP } from 'node:net';
import { connect } from 'node:tls';

export interface TlsPlace {
  readonly host: string;
  readonly port: number;
  /** PEM certificates to trust, and no others. */
  readonly ca: string;
  /** Certificate and key in one PEM text, for a server that asks for them. */
  readonly pem?: string;
  /** False for peers, whose certificates name no host. Default true. */
  readonly checksName?: boolean;
  /** Sent after the handshake. The first bytes that come back are a good outcome. */
  readonly question?: string;
}

const WITHIN_MS = 5_000;

/** `open`, `late`, or the code of the error. */
export function reachTls(place: TlsPlace): Promise<string> {
  const { host, port, ca, pem, checksName = true, question } = place;
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect({
    host,
    port,
    ca,
    ...(isIP(host) === 0 && { servername: host }),
    ...(pem !== undefined && { cert: pem, key: pem }),
    ...(!checksName && { checkServerIdentity: () => undefined }),
  });
  const timer = setTimeout(() => resolve('late'), WITHIN_MS);
  socket.on('secureConnect', () => {
    // With TLS 1.3 the server refuses our certificate only now.
    if (question === undefined) resolve('open');
    else socket.write(question);
  });
  socket.on('data', () => resolve('open'));
  socket.on('end', () => resolve('ended'));
  socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'failed'));
  return promise.finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
}
