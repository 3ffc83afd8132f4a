import { setMaxListeners } from 'node:events';
import { BucketError, openBucket, PROBE_KEY } from '@registry-cache/bucket';
import type {
  ClientCertificatesFile,
  Credential,
  CredentialsFile,
  EgressOptions,
  EgressUpstream,
} from '@registry-cache/domain';
import { openBucketTransports } from './bucket-transports.ts';
import { endpointsOf } from './create-client.ts';
import { createCloud } from './create-cloud.ts';
import type { EgressDeps } from './egress-deps.ts';
import { parseClientCertificates, parseCredentials, parseOptions } from './options/schema.ts';
import { placeBucket } from './place-bucket.ts';
import { createLogins, type Logins } from './upstream/auth/logins.ts';
import { type ProbedRegistry, probeRegistry } from './upstream/probe/probe-registry.ts';
import { readTokenEnd } from './upstream/probe/token-end.ts';
import { createClientDns, createOperatorDns } from './wire/dns/create-dns.ts';
import { createTransport } from './wire/transport/transport.ts';

export { REAL_DEPS } from './egress-deps.ts';
export type { ProbeFailure } from './upstream/probe/probe-failure.ts';
export type { LoginOutcome, ProbedLogin } from './upstream/probe/probe-login.ts';
export type { ProbedAnswer, ProbedName, ProbedRegistry } from './upstream/probe/probe-registry.ts';

/** The files of egress, as text. */
export interface ProbeFiles {
  readonly options: string;
  readonly credentials: string;
  readonly clientCertificates: string;
}

/** Tries the ways out of egress, and keeps nothing. No part of the appliance has to run for it. */
export interface Probe {
  /** A try for each upstream that may be asked, and for each of its mirrors. */
  readonly registries: readonly RegistryProbe[];
  /** Undefined without a bucket. */
  readonly bucket: (() => Promise<ProbedBucket>) | undefined;
}

export interface RegistryProbe {
  /** As messages name it. */
  readonly name: string;
  /** When the credential says that it ends, in milliseconds since the epoch. */
  readonly credentialEndsMs: number | undefined;
  readonly hasCredential: boolean;
  /** Ends within `PROBE_MS`. Bad answers are facts, and never thrown. */
  run(): Promise<ProbedRegistry>;
}

export type ProbedBucket =
  | { readonly kind: 'answers'; readonly lifecycle: 'set' | 'missing' | 'unknown' | 'unwanted' }
  /** `status` is 0 where no answer came. */
  | { readonly kind: 'fails'; readonly status: number; readonly message: string };

export type ProbeDeps = Pick<EgressDeps, 'env' | 'now' | 'runHelper' | 'lookup'>;

/** A registry that is slower than that in any step counts as silent, whatever the settings allow. */
const LONGEST_STEP_MS = 8_000;
const PROBE_MS = 30_000;
const BUCKET_TIMES = { connectMs: 5_000, headersMs: 5_000, blobHeadersMs: 5_000, idleMs: 5_000 };
const BUCKET_MS = 12_000;

/** @throws Error that names the first wrong field of a file, never a value. */
export function openProbe(files: ProbeFiles, deps: ProbeDeps): Probe {
  const options = parseOptions(files.options);
  const credentials = parseCredentials(files.credentials);
  const certificates = parseClientCertificates(files.clientCertificates);
  const dns = {
    operator: createOperatorDns(deps.now, deps.lookup),
    client: createClientDns(deps.now, LONGEST_STEP_MS, deps.lookup),
  };
  const cloud = createCloud({
    ...{ env: deps.env, dns, options: () => options },
    onRenewal: () => undefined,
  });
  const logins = createLogins({ ...deps, read: async () => credentials, cloud });
  const asked = options.upstreams.filter(({ offline }) => !offline).flatMap(endpointsOf);
  const { bucket } = options;
  return {
    registries: asked.map((endpoint) => ({
      name: endpoint.key,
      credentialEndsMs: endOf(credentials[endpoint.id]),
      hasCredential: Object.hasOwn(credentials, endpoint.id),
      run: () => run(endpoint, { ...deps, options, credentials, certificates, dns, logins }),
    })),
    bucket: bucket && (() => probeBucket(bucket, { ...deps, dns })),
  };
}

interface RunDeps extends ProbeDeps {
  readonly options: EgressOptions;
  readonly credentials: CredentialsFile;
  readonly certificates: ClientCertificatesFile;
  readonly dns: Parameters<typeof createCloud>[0]['dns'];
  readonly logins: Logins;
}

async function run(endpoint: EgressUpstream, deps: RunDeps): Promise<ProbedRegistry> {
  const { id, key, url, ca, legacyTls, isGuarded, storageHosts, realms } = endpoint;
  const { env, now, options, certificates, dns, logins } = deps;
  const { lookup } = isGuarded === true ? dns.client : dns.operator;
  const given = endpoint.timeouts ?? options.timeouts;
  const shortened = (ms: number) => Math.min(ms, LONGEST_STEP_MS);
  const timeouts = {
    ...given,
    connectMs: shortened(given.connectMs),
    headersMs: shortened(given.headersMs),
  };
  const transport = createTransport({
    ...{ origin: url, ca, legacyTls, isGuarded, storageHosts, timeouts, env, lookup },
    ...(endpoint.hasClientCertificate && { certificate: async () => certificates[id] }),
  });
  const { origin } = new URL(url);
  const signal = AbortSignal.timeout(PROBE_MS);
  // Each step of the probe listens.
  setMaxListeners(30, signal);
  try {
    const recipient = { origin, loginId: id, realms };
    return await probeRegistry({
      ...{ name: key, recipient, transport, logins, env, lookup, now, signal },
    });
  } finally {
    void transport.close().catch(() => undefined);
  }
}

function endOf(credential: Credential | undefined): number | undefined {
  if (credential?.kind === 'basic') return readTokenEnd(credential.password);
  return credential !== undefined && 'token' in credential
    ? readTokenEnd(credential.token)
    : undefined;
}

async function probeBucket(
  chosen: NonNullable<EgressOptions['bucket']>,
  deps: Parameters<typeof openBucketTransports>[0] & Pick<ProbeDeps, 'now'>,
): Promise<ProbedBucket> {
  const way = openBucketTransports(deps, chosen, BUCKET_TIMES);
  const signal = AbortSignal.timeout(BUCKET_MS);
  try {
    const bucket = await openBucket(placeBucket(chosen, deps.env), way.send, deps.now);
    await bucket.head(PROBE_KEY, signal);
    // A HEAD cannot tell a missing bucket from a missing object, and this can.
    const { expireMs } = chosen;
    const hasRule = await bucket.hasLifecycle(expireMs, signal).catch(whereRefused);
    if (expireMs === 0) return { kind: 'answers', lifecycle: 'unwanted' };
    const lifecycle = hasRule === undefined ? 'unknown' : hasRule ? 'set' : 'missing';
    return { kind: 'answers', lifecycle };
  } catch (error) {
    const status = error instanceof BucketError ? error.status : 0;
    return { kind: 'fails', status, message: error instanceof Error ? error.message : 'no answer' };
  } finally {
    void way.close().catch(() => undefined);
  }
}

/** The right to read the rules is not needed. @throws any other error. */
function whereRefused(error: unknown): undefined {
  if (error instanceof BucketError && (error.status === 403 || error.status >= 500)) return;
  throw error;
}
