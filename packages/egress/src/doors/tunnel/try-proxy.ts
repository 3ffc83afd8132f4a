import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { basicAuthorization, basicLogin } from '../../upstream/auth/login.ts';
import { oneOrAll } from '../../wire/transport/connector.ts';
import { TransportError } from '../../wire/transport/failure.ts';
import { USER_AGENT } from '../../wire/transport/user-agent.ts';
import type { Onward, OnwardDeps } from './onward.ts';

/**
 * Asks an outbound proxy for a tunnel to `target` (`HOST:PORT`), and closes it at once.
 * @throws TransportError when the proxy refuses, or expects TLS itself.
 */
export async function tryProxy(
  proxy: URL,
  target: string,
  { connectMs, lookup }: Pick<OnwardDeps, 'connectMs' | 'lookup'>,
): Promise<Onward> {
  if (proxy.protocol !== 'http:') {
    const found = `${proxy.protocol}//`;
    throw new TransportError('proxy', `tunnels need an outbound proxy of http://, not ${found}`);
  }
  const port = Number(proxy.port || 80);
  const headers = { host: target, 'user-agent': USER_AGENT, ...proxyAuthorization(proxy) };
  const { address, status } = await new Promise<{ address: string; status: number }>(
    (resolve, reject) => {
      const host = proxy.hostname.replace(/^\[|\]$/g, '');
      const signal = AbortSignal.timeout(connectMs);
      request({
        host,
        port,
        method: 'CONNECT',
        path: target,
        headers,
        signal,
        agent: false,
        lookup: oneOrAll(lookup),
      })
        .once('connect', ({ statusCode = 0 }: IncomingMessage, socket: Socket) => {
          resolve({ address: socket.remoteAddress ?? host, status: statusCode });
          socket.destroy();
        })
        .once('error', (error) => {
          reject(signal.aborted ? Object.assign(error, { code: 'ETIMEDOUT' }) : error);
        })
        .end();
    },
  );
  if (status < 200 || status > 299) {
    const reason = `the outbound proxy answered ${status} for ${target}`;
    throw new TransportError('proxy', reason);
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return { address, port, head: `CONNECT ${target} HTTP/1.1\r\n${lines.join('')}\r\n` };
}

function proxyAuthorization({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const login = basicLogin(decodeURIComponent(username), decodeURIComponent(password));
  return { 'proxy-authorization': basicAuthorization(login) ?? '' };
}
