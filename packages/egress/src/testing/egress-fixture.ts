import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type IncomingHttpHeaders, type RequestOptions, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { CredentialsFile, EgressOptions } from '@registry-cache/domain';
import { type Logger, pino } from 'pino';
import { type EgressWorld, REAL_WORLD, startEgress } from '../egress.ts';

export const BOOT_SECRET = 'boot-secret-of-the-tests';
export const REPOSITORY = 'team/app';

export interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface EgressFixture {
  readonly dir: string;
  readonly port: number;
  readonly socket: string;
  /** Every log line so far, parsed. */
  readonly log: Record<string, unknown>[];
  /** Asks as upstream `up`, unless told otherwise. */
  ask(path: string, options?: AskOptions): Promise<Got>;
  setOptions(change: Partial<EgressOptions>): Promise<void>;
  setCredentials(credentials: CredentialsFile): Promise<void>;
  write(name: string, content: string): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface AskOptions {
  readonly method?: string;
  readonly id?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly over?: 'port' | 'socket';
}

/** A whole egress in this process, its upstream `up` at `url`. */
export async function startFixture(
  url: string,
  {
    world = {},
    options = {},
  }: { world?: Partial<EgressWorld>; options?: Partial<EgressOptions> } = {},
): Promise<EgressFixture> {
  const dir = await mkdtemp(join(tmpdir(), 'egress-'));
  const write = (name: string, content: string) => writeFile(join(dir, name), content);
  let current = optionsIn(dir, url, options);
  await write('boot-secret', `${BOOT_SECRET}\n`);
  await write('credentials.json', '{}');
  await write('options.json', JSON.stringify(current));
  const log: Record<string, unknown>[] = [];
  const egress = await startEgress(join(dir, 'options.json'), {
    ...REAL_WORLD,
    env: {},
    logger: listLogger(log),
    ...world,
  });
  return {
    dir,
    port: egress.port,
    socket: current.socket,
    log,
    write,
    ask: (path, asked = {}) => get(askedOf(path, egress.port, current.socket, asked)),
    async setOptions(change) {
      current = { ...current, ...change };
      await write('options.json', JSON.stringify(current));
    },
    setCredentials: (credentials) => write('credentials.json', JSON.stringify(credentials)),
    async [Symbol.asyncDispose]() {
      await egress.stop(0);
      await rm(dir, { recursive: true });
    },
  };
}

export function optionsIn(
  dir: string,
  url: string,
  change: Partial<EgressOptions> = {},
): EgressOptions {
  return {
    logLevel: 'debug',
    port: 0,
    socket: join(dir, 'egress.sock'),
    bootSecretFile: join(dir, 'boot-secret'),
    credentialsFile: join(dir, 'credentials.json'),
    timeouts: { connectMs: 2000, headersMs: 2000, idleMs: 2000 },
    metrics: { dir, haproxySocket: join(dir, 'haproxy.sock') },
    tunnel: { forbidden: [] },
    upstreams: [{ id: 'up', key: 'up.example.com', url, ca: '' }],
    ...change,
  };
}

export function basic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}

type Asked = RequestOptions;

function askedOf(path: string, port: number, socketPath: string, asked: AskOptions): Asked {
  const { method = 'GET', id = 'up', headers = {}, over = 'port' } = asked;
  const place = over === 'port' ? { host: '127.0.0.1', port } : { socketPath };
  const authorization = basic(id, BOOT_SECRET);
  return { ...place, path, method, agent: false, headers: { authorization, ...headers } };
}

/** Rejects when the connection is cut before the end of the body. */
function get(asked: Asked): Promise<Got> {
  return new Promise((resolve, reject) => {
    request(asked, (response) => {
      const { statusCode: status = 0, headers } = response;
      text(response).then((body) => resolve({ status, headers, body }), reject);
    })
      .on('error', reject)
      .end();
  });
}

function listLogger(lines: Record<string, unknown>[]): Logger {
  return pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
}
