import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingHttpHeaders, request as requestHttp } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import {
  type Appliance,
  type ApplianceOptions,
  findFreePort,
  runOrThrow,
} from '@registry-cache/testbed';
import type { Stage, UpstreamUse } from './stage.ts';

/** An appliance with a proxy that tests can reach. */
export interface ProxyAppliance {
  readonly appliance: Appliance;
  readonly port: number;
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** A folder on this machine, mounted as /ca. */
  readonly caDir: string;
  /** PEM of the authority that clients must trust. */
  ca(): Promise<string>;
}

export async function startProxy(
  stage: Stage,
  upstreams: Readonly<Record<string, UpstreamUse>>,
  options: Partial<ApplianceOptions> = {},
): Promise<ProxyAppliance> {
  const caDir = await mkdtemp(join(tmpdir(), 'registry-cache-ca-'));
  stage.use({ [Symbol.asyncDispose]: () => rm(caDir, { recursive: true }) });
  const port = await findFreePort('127.0.0.1');
  const appliance = await stage.appliance(upstreams, {
    ...options,
    extraMounts: [`${caDir}:/ca`, ...(options.extraMounts ?? [])],
    extraArgs: [`--publish=127.0.0.1:${port}:3128`, ...(options.extraArgs ?? [])],
  });
  const url = `http://127.0.0.1:${port}`;
  return { appliance, port, url, caDir, ca: () => runOrThrow('curl', ['-fsS', `${url}/ca.crt`]) };
}

export interface Tunnel {
  readonly status: number;
  /** The head of the answer, and its body if the tunnel was refused. */
  readonly answer: string;
  readonly socket: Socket;
}

/** Asks for a tunnel, and sends the request in the given pieces. */
export async function openTunnel(
  { port }: Pick<ProxyAppliance, 'port'>,
  target: string,
  { headers = [], pieces }: { headers?: readonly string[]; pieces?: readonly string[] } = {},
): Promise<Tunnel> {
  const lines = [`CONNECT ${target} HTTP/1.1`, `Host: ${target}`, ...headers];
  return sendPieces(port, pieces ?? [`${lines.join('\r\n')}\r\n\r\n`]);
}

/** Sends pieces to a proxy, and returns its answer. */
export async function sendPieces(port: number, pieces: readonly string[]): Promise<Tunnel> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    socket.write(piece, 'latin1');
  }
  let answer = '';
  const isWhole = () => {
    const [head = '', body] = answer.split('\r\n\r\n', 2);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    return body !== undefined && Buffer.byteLength(body) >= length;
  };
  while (!isWhole() && !socket.readableEnded && !socket.destroyed) {
    const piece = socket.read() as Buffer | null;
    if (piece === null) await Promise.race([once(socket, 'readable'), once(socket, 'close')]);
    else answer += piece.toString('latin1');
  }
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0), answer, socket };
}

export interface Inside {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** One request through a tunnel to `target`, over TLS that trusts `ca`. */
export async function askThrough(
  proxy: Pick<ProxyAppliance, 'port'>,
  target: string,
  path: string,
  { ca, method = 'GET', headers = {}, login }: AskOptions,
): Promise<Inside> {
  // A name in TLS ends without a dot.
  const host = target.replace(/\.?:\d+$/, '');
  const credentials = login === undefined ? [] : [proxyAuthorization(login)];
  const { status, answer, socket } = await openTunnel(proxy, target, { headers: credentials });
  if (status !== 200) throw new Error(`no tunnel to ${target}: ${answer}`);
  const secure: TLSSocket = connectTls({ socket, ca, servername: host });
  await once(secure, 'secureConnect');
  return new Promise((resolve, reject) => {
    requestHttp(
      { createConnection: () => secure, path, method, headers: { host, ...headers } },
      (response) => {
        const { statusCode = 0, headers: found } = response;
        text(response)
          .then((body) => resolve({ status: statusCode, headers: found, body }), reject)
          .finally(() => secure.destroy());
      },
    )
      .on('error', reject)
      .end();
  });
}

export interface AskOptions {
  readonly ca: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** `user:password` for the proxy. */
  readonly login?: string;
}

export function proxyAuthorization(login: string): string {
  return `Proxy-Authorization: Basic ${Buffer.from(login).toString('base64')}`;
}
