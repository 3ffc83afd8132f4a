import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
  request,
} from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type {
  BlobOptions,
  CredentialsFile,
  EgressOptions,
  EgressUpstream,
  TagRules,
} from '@registry-cache/domain';
import { type Logger, pino } from 'pino';
import { startEgress } from '../egress.ts';
import { type EgressDeps, REAL_DEPS } from '../egress-deps.ts';

export const BOOT_SECRET = 'boot-secret-of-the-tests';
export const NO_LIMITS = { connections: 0, requestsPerSecond: 0, bytesPerSecond: 0 };

export interface ReceivedResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface EgressFixture {
  readonly dir: string;
  readonly port: number;
  readonly socket: string;
  /** All log lines so far, parsed. */
  readonly log: Record<string, unknown>[];
  /** Sends a request for upstream `up`, or for the `id` of the options. */
  ask(path: string, options?: AskOptions): Promise<ReceivedResponse>;
  /** The same, without reading the body. */
  open(path: string, options?: AskOptions): Promise<IncomingMessage>;
  setOptions(change: Partial<EgressOptions>): Promise<void>;
  setCredentials(credentials: CredentialsFile): Promise<void>;
  write(name: string, content: string): Promise<void>;
  /** Stops egress. Its files stay until the fixture is disposed of. */
  stop(graceMs: number): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface AskOptions {
  readonly method?: string;
  readonly id?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly over?: 'port' | 'socket';
  readonly signal?: AbortSignal;
}

/** Starts a whole egress in this process, with the upstream `up` at `url`. */
export async function startFixture(
  url: string,
  {
    deps = {},
    options = {},
    prepare = async () => undefined,
  }: {
    deps?: Partial<EgressDeps>;
    options?: Partial<EgressOptions>;
    /** Puts files into its folder before it starts. */
    prepare?: (dir: string) => Promise<void>;
  } = {},
): Promise<EgressFixture> {
  const dir = await mkdtemp(join(tmpdir(), 'egress-'));
  const write = (name: string, content: string) => writeFile(join(dir, name), content);
  let current = optionsIn(dir, url, options);
  await mkdir(join(dir, 'store', 'egress'), { recursive: true });
  await write('boot-secret', `${BOOT_SECRET}\n`);
  await write('credentials.json', '{}');
  await write('client-certificates.json', '{}');
  await write('scanner-tokens.json', '{}');
  await write('options.json', JSON.stringify(current));
  await prepare(dir);
  const log: Record<string, unknown>[] = [];
  let stopped: Promise<void> | undefined;
  const egress = await startEgress(join(dir, 'options.json'), {
    ...REAL_DEPS,
    env: {},
    log: listLogger(log),
    ...deps,
  });
  return {
    dir,
    port: egress.port,
    socket: current.socket,
    log,
    write,
    ask: async (path, asked = {}) => {
      const response = await open(requestOptions(path, egress.port, current.socket, asked));
      const { statusCode: status = 0, headers } = response;
      return { status, headers, body: await text(response) };
    },
    open: (path, asked = {}) => open(requestOptions(path, egress.port, current.socket, asked)),
    async setOptions(change) {
      current = { ...current, ...change };
      await write('options.json', JSON.stringify(current));
    },
    setCredentials: (credentials) => write('credentials.json', JSON.stringify(credentials)),
    stop: (graceMs) => {
      stopped ??= egress.stop(graceMs);
      return stopped;
    },
    async [Symbol.asyncDispose]() {
      stopped ??= egress.stop(0);
      await stopped;
      // Small files may still be written after the stop.
      await rm(dir, { recursive: true, maxRetries: 5, retryDelay: 50 });
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
    logFormat: 'json',
    port: 0,
    socket: join(dir, 'egress.sock'),
    storeRoot: join(dir, 'store'),
    events: { file: join(dir, 'events.jsonl'), rotateAtBytes: 1_000_000 },
    bootSecretFile: join(dir, 'boot-secret'),
    credentialsFile: join(dir, 'credentials.json'),
    clientCertificatesFile: join(dir, 'client-certificates.json'),
    scannerTokensFile: join(dir, 'scanner-tokens.json'),
    timeouts: { connectMs: 2000, headersMs: 2000, blobHeadersMs: 2000, idleMs: 2000 },
    limits: NO_LIMITS,
    notFoundMs: 5_000,
    answerWithinMs: 10_000,
    blobs: BLOB_OPTIONS,
    reservations: { socket: join(dir, 'cleaner.sock'), minFree: { bytes: 0, percent: null } },
    metrics: { dirs: [dir], haproxySocket: join(dir, 'haproxy.sock') },
    push: { sendMs: 60_000 },
    tunnel: { forbidden: [], ownPorts: [], connectMs: 5_000 },
    upstreams: [upstreamAt(url)],
    ...change,
  };
}

/** The upstream `up`: tags are good for an hour, as by default, and nothing is prefetched. */
export function upstreamAt(url: string, change: Partial<EgressUpstream> = {}): EgressUpstream {
  return {
    id: 'up',
    key: 'up.example.com',
    url,
    ca: '',
    realms: [],
    limits: NO_LIMITS,
    offline: false,
    tags: TAG_RULES,
    connectionsPerBlob: 4,
    prefetchMaxBytes: 0,
    ...change,
  };
}

export const BLOB_OPTIONS: BlobOptions = {
  lowestBytesPerSecond: 0,
  lowestRateMs: 60_000,
  unreadMs: 10_000,
  rangesUntilFetch: 0,
};

export const TAG_RULES: TagRules = {
  tiers: [],
  defaultMs: 3_600_000,
  whileChecking: 'wait',
  deleted: 'drop',
  refused: 'fail',
};

export function basic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}

type Asked = RequestOptions;

function requestOptions(path: string, port: number, socketPath: string, asked: AskOptions): Asked {
  const { method = 'GET', id = 'up', headers = {}, over = 'port', signal } = asked;
  const place = over === 'port' ? { host: '127.0.0.1', port } : { socketPath };
  const authorization = basic(id, BOOT_SECRET);
  const sent = { authorization, ...headers };
  const base = { ...place, path, method, agent: false, headers: sent };
  return signal === undefined ? base : { ...base, signal };
}

/** Reading the body throws when the connection breaks before its end. */
function open(asked: Asked): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(asked, resolve).on('error', reject).end();
  });
}

function listLogger(lines: Record<string, unknown>[]): Logger {
  return pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
}
