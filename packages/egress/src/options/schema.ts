import { ACCESS_POLICY } from '@registry-cache/access';
import {
  CLOUDS,
  type ClientCertificatesFile,
  type Credential,
  type CredentialsFile,
  type EgressOptions,
  LOG_FORMATS,
  LOG_LEVELS,
  type ScannerTokensFile,
  TRACE_SAMPLERS,
  type TraceHeadersFile,
} from '@registry-cache/domain';
import { parseJson } from '@registry-cache/runtime';
// The small build of zod: the large one would take a tenth of this process's memory.
import * as z from 'zod/mini';

const timeMs = z.int().check(z.positive());
const spanMs = z.int().check(z.nonnegative());
const port = z.int().check(z.minimum(1), z.maximum(65_535));
const text = z.string().check(z.minLength(1));

const timeouts = z.object({
  connectMs: timeMs,
  headersMs: timeMs,
  blobHeadersMs: timeMs,
  idleMs: timeMs,
});

const limits = z.object({
  connections: z.int().check(z.nonnegative()),
  requestsPerSecond: z.number().check(z.nonnegative()),
  bytesPerSecond: z.number().check(z.nonnegative()),
});

/** `config` has checked the values. This schema catches a file of the wrong shape. */
const OPTIONS: z.ZodMiniType<EgressOptions> = z.object({
  logLevel: z.enum(LOG_LEVELS),
  logFormat: z.enum(LOG_FORMATS),
  port: z.int().check(z.minimum(0), z.maximum(65_535)),
  socket: text,
  storeRoot: text,
  events: z.object({ file: text, rotateAtBytes: z.number().check(z.positive()) }),
  bootSecretFile: text,
  credentialsFile: text,
  clientCertificatesFile: text,
  scannerTokensFile: text,
  timeouts,
  limits,
  notFoundMs: timeMs,
  answerWithinMs: timeMs,
  blobs: z.object({
    lowestBytesPerSecond: z.number().check(z.nonnegative()),
    lowestRateMs: timeMs,
    unreadMs: timeMs,
    rangesUntilFetch: z.int().check(z.nonnegative()),
  }),
  reservations: z.object({
    socket: text,
    minFree: z.object({ bytes: z.nullable(z.number()), percent: z.nullable(z.number()) }),
  }),
  metrics: z.object({ dirs: z.array(z.string()), haproxySocket: z.string() }),
  push: z.object({ sendMs: timeMs }),
  tunnel: z.object({ forbidden: z.array(text), ownPorts: z.array(port), connectMs: timeMs }),
  upstreams: z.array(
    z.object({
      id: text,
      key: text,
      url: z.url({ protocol: /^https?$/ }),
      ca: z.string(),
      repositoryPrefix: z.optional(text),
      mirrors: z.optional(
        z.array(
          z.object({
            id: text,
            key: text,
            url: z.url({ protocol: /^https?$/ }),
            repositoryPrefix: z.optional(text),
          }),
        ),
      ),
      hasClientCertificate: z.optional(z.boolean()),
      hotSocket: z.optional(text),
      isGuarded: z.optional(z.boolean()),
      storageHosts: z.optional(z.array(text)),
      triesLogins: z.optional(z.boolean()),
      legacyTls: z.optional(z.boolean()),
      realms: z.array(text),
      timeouts: z.optional(timeouts),
      limits,
      offline: z.boolean(),
      tags: z.object({
        tiers: z.array(
          z.object({ regex: z.string(), timeMs: spanMs, graceMs: z.optional(spanMs) }),
        ),
        defaultMs: spanMs,
        whileChecking: z.enum(['wait', 'stale']),
        deleted: z.enum(['drop', 'keep']),
        refused: z.enum(['fail', 'keep']),
      }),
      connectionsPerBlob: z.int().check(z.positive()),
      prefetchMaxBytes: z.int().check(z.nonnegative()),
    }),
  ),
  access: z.optional(ACCESS_POLICY),
  peers: z.optional(z.object({ socket: text })),
  hosted: z.optional(z.array(text)),
  trust: z.optional(
    z.array(
      z.object({
        number: z.int().check(z.positive()),
        images: z.array(text),
        mode: z.enum(['enforce', 'warn']),
        anyOf: z.array(
          z.discriminatedUnion('kind', [
            z.object({ kind: z.literal('key'), name: text, pem: text }),
            z.object({ kind: z.literal('identity'), identity: text, issuer: text, root: text }),
          ]),
        ),
      }),
    ),
  ),
  admission: z.optional(
    z.object({
      ca: z.string(),
      rules: z.array(
        z.object({
          number: z.int().check(z.positive()),
          images: z.array(text),
          minimumAgeMs: z.optional(timeMs),
          ask: z.optional(z.object({ url: z.url({ protocol: /^https?$/ }), timeoutMs: timeMs })),
        }),
      ),
    }),
  ),
  cloud: z.optional(z.object({ ca: z.string() })),
  traces: z.optional(
    z.object({
      url: z.url({ protocol: /^https?$/ }),
      serviceName: text,
      sampler: z.enum(TRACE_SAMPLERS),
      ratio: z.number().check(z.minimum(0), z.maximum(1)),
      toUpstreams: z.boolean(),
      headersFile: text,
      ca: z.string(),
    }),
  ),
  bucket: z.optional(
    z.object({
      name: text,
      prefix: z.string(),
      region: z.optional(text),
      endpoint: z.optional(z.url({ protocol: /^https?$/ })),
      isPathStyle: z.boolean(),
      expireMs: spanMs,
      ca: z.string(),
      redirect: z.optional(z.enum(['without-rules', 'always'])),
    }),
  ),
  onDemand: z.optional(
    z.object({
      socket: text,
      file: text,
      maxRegistries: z.int().check(z.positive()),
      ca: z.string(),
    }),
  ),
});

const CREDENTIAL: z.ZodMiniType<Credential> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('basic'), username: z.string(), password: z.string() }),
  z.object({ kind: z.literal('identity-token'), token: text }),
  z.object({ kind: z.literal('registry-token'), token: text }),
  z.object({
    kind: z.literal('helper'),
    // It becomes part of a program's name, so it must not contain a path.
    program: z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/)),
    serverUrl: z.string(),
  }),
  z.object({ kind: z.literal('cloud'), cloud: z.enum(CLOUDS), host: text }),
]);

const CREDENTIALS: z.ZodMiniType<CredentialsFile> = z.record(z.string(), CREDENTIAL);

const CLIENT_CERTIFICATES: z.ZodMiniType<ClientCertificatesFile> = z.record(
  z.string(),
  z.object({ cert: text, key: text }),
);

const SCANNER_TOKENS: z.ZodMiniType<ScannerTokensFile> = z.record(z.string(), text);

const TRACE_HEADERS: z.ZodMiniType<TraceHeadersFile> = z.record(z.string(), z.string());

/** @throws Error that names the file's first wrong field. */
export function parseOptions(json: string): EgressOptions {
  return parseJson(json, OPTIONS);
}

/** @throws Error that names the file's first wrong field, never a value. */
export function parseCredentials(json: string): CredentialsFile {
  return parseJson(json, CREDENTIALS);
}

/** @throws Error that names the file's first wrong field, never a value. */
export function parseClientCertificates(json: string): ClientCertificatesFile {
  return parseJson(json, CLIENT_CERTIFICATES);
}

/** @throws Error that names the file's first wrong field, never a value. */
export function parseScannerTokens(json: string): ScannerTokensFile {
  return parseJson(json, SCANNER_TOKENS);
}

/** @throws Error that names the file's first wrong field, never a value. */
export function parseTraceHeaders(json: string): TraceHeadersFile {
  return parseJson(json, TRACE_HEADERS);
}
