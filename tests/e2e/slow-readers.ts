import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { type Appliance, runOrThrow } from '@registry-cache/testbed';
import type { Stage } from './stage.ts';

/** The appliance's address on its own network, without address translation. */
export interface Inside {
  readonly host: string;
  readonly ca: string;
}

export async function findInside({ id, ca }: Appliance): Promise<Inside> {
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
  return { host: await runOrThrow('podman', ['inspect', '--format', format, id]), ca };
}

/** The soft limit that container engines set, and the highest possible hard limit. */
export function lowOpenFiles(): string[] {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  const hard = Number(/^Max open files\s+\S+\s+(\d+)/m.exec(limits)?.[1] ?? 1024);
  // With one limit given, podman ignores the others in its own configuration.
  return [`--ulimit=nofile=1024:${Math.min(hard, 524_288)}`, '--ulimit=nproc=30000:30000'];
}

/** Adds `count` addresses on the stage's network to this machine. They end with the network. */
export async function addAddresses({ network }: Stage, count: number): Promise<string[]> {
  const shown = await runOrThrow('ip', ['-json', 'address', 'show', 'to', network.gateway]);
  const [link] = JSON.parse(shown) as { ifname: string }[];
  const base = network.gateway.replace(/\d+$/, '');
  const addresses = Array.from({ length: count }, (_, index) => `${base}${index + 40}`);
  for (const address of addresses) {
    await runOrThrow('ip', ['address', 'add', `${address}/32`, 'dev', link?.ifname ?? '']);
  }
  return addresses;
}

async function openTls(
  { host, ca }: Inside,
  localAddress: string,
  protocol: 'h2' | 'http/1.1',
): Promise<TLSSocket> {
  const socket = connectTls({
    socket: connectTcp({ host, port: 8443, localAddress }),
    ca,
    // The certificate has the names of the published port.
    checkServerIdentity: () => undefined,
    ALPNProtocols: [protocol],
  });
  await once(socket, 'secureConnect');
  return socket;
}

export interface Stalled {
  /** The statuses of the answers that have begun. */
  readonly statuses: number[];
  close(): void;
}

/** An h2 connection that asks for `path` so many times and reads no byte of a body. */
export async function openStalled(
  inside: Inside,
  from: string,
  path: string,
  count: number,
): Promise<Stalled> {
  const socket = await openTls(inside, from, 'h2');
  const session: ClientHttp2Session = connectHttp2(`https://${inside.host}:8443`, {
    createConnection: () => socket,
    settings: { initialWindowSize: 0 },
  });
  session.on('error', () => {});
  await once(session, 'remoteSettings');
  const statuses: number[] = [];
  for (let asked = 0; asked < count; asked += 1) {
    const stream = session.request({ ':path': path });
    stream.on('error', () => {});
    stream.on('response', (headers) => statuses.push(headers[':status'] ?? 0));
  }
  return { statuses, close: () => session.destroy() };
}

export interface SlowReader {
  /** Reads the rest of the answer. @returns its status and the size of its body. */
  finish(): Promise<{ status: number; bytes: number }>;
}

/** An HTTP/1.1 client that has read the first bytes of its answer and then pauses. */
export async function openSlowReader(
  inside: Inside,
  from: string,
  path: string,
): Promise<SlowReader> {
  const socket = await openTls(inside, from, 'http/1.1');
  socket.write(`GET ${path} HTTP/1.1\r\nHost: cache\r\nConnection: close\r\n\r\n`);
  const [first] = (await once(socket, 'data')) as [Buffer];
  socket.pause();
  const end = first.indexOf('\r\n\r\n') + 4;
  const status = Number(first.subarray(9, 12).toString());
  return {
    finish: async () => {
      let bytes = first.length - end;
      socket.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      socket.resume();
      await once(socket, 'end');
      socket.destroy();
      return { status, bytes };
    },
  };
}
