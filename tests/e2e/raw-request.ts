import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import type { Appliance } from '@registry-cache/testbed';

export interface RawAnswer {
  /** 0 if the connection was closed without an answer. */
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Sends raw bytes over TLS and returns every answer up to the end of the connection. */
export async function sendRaw(appliance: Appliance, bytes: string | Buffer): Promise<RawAnswer[]> {
  const { hostname: host, port } = new URL(appliance.url);
  const socket = connect({
    host,
    port: Number(port),
    ca: appliance.ca,
    ALPNProtocols: ['http/1.1'],
  });
  return exchangeRaw(socket, bytes);
}

/** The same over a connection before its handshake, such as one through a tunnel. */
export async function exchangeRaw(socket: TLSSocket, bytes: string | Buffer): Promise<RawAnswer[]> {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  // A client that is refused while it sends sees a reset. The bytes before the reset count.
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  // `once` of node:events would throw that reset.
  const closed = new Promise((resolve) => socket.once('end', resolve).once('close', resolve));
  socket.write(bytes);
  await closed;
  socket.destroy();
  return splitAnswers(text);
}

/** A GET with `Connection: close`, and with more header lines if given. */
export function formatRequest(target: string, ...headers: string[]): string {
  const lines = [`GET ${target} HTTP/1.1`, 'Host: cache', 'Connection: close', ...headers];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function splitAnswers(text: string): RawAnswer[] {
  const answers = text.split(/(?=HTTP\/1\.[01] \d{3} )/).filter((answer) => answer !== '');
  if (answers.length === 0) return [{ status: 0, head: '', body: '' }];
  return answers.map((answer) => {
    const [head = '', ...body] = answer.split('\r\n\r\n');
    return { status: Number(head.slice(9, 12)), head, body: body.join('\r\n\r\n') };
  });
}
