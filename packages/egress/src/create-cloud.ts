import { createCloudLogins, type Send } from '@registry-cache/cloud';
import type { Cloud, EgressOptions, EgressUpstream } from '@registry-cache/domain';
import type { ClientDeps } from './create-client.ts';
import { type CloudAccess, createCloudAccess } from './upstream/auth/cloud-access.ts';
import { readCapped, replyHeader } from './wire/transport/reply.ts';
import { createTransport, type TransportOptions } from './wire/transport/transport.ts';

export interface CreateCloudDeps extends Pick<ClientDeps, 'env' | 'dns'> {
  readonly options: () => EgressOptions;
  /** Called after each renewal; `error` is undefined after a good one. */
  readonly onRenewal: (cloud: Cloud, error: unknown) => void;
}

const TIMEOUTS = { connectMs: 5_000, headersMs: 10_000, blobHeadersMs: 10_000, idleMs: 10_000 };
const ANSWER_LIMIT_BYTES = 262_144;
const ANSWER_WITHIN_MS = 10_000;

/** The identities of clouds, for the upstreams of the options, which may change. */
export function createCloud({ env, dns, options, onRenewal }: CreateCloudDeps): CloudAccess {
  const way = { env, lookup: dns.operator.lookup, timeouts: TIMEOUTS };
  const logins = createCloudLogins({
    env,
    sendOut: sendBy(({ origin }) => ({ ...way, origin, ca: options().cloud?.ca ?? '' })),
    onRenewal,
  });
  return createCloudAccess(logins, (id) => {
    const upstream = findUpstream(options().upstreams, id);
    const { url, ca, legacyTls, isGuarded } = upstream;
    const { lookup } = isGuarded === true ? dns.client : dns.operator;
    const place = { ...way, origin: url, ca, legacyTls, isGuarded, lookup };
    return { origin: url, send: sendBy(() => place) };
  });
}

/** @throws Error if the upstream has just been removed. */
function findUpstream(upstreams: readonly EgressUpstream[], id: string): EgressUpstream {
  for (const upstream of upstreams) {
    if (upstream.id === id) return upstream;
    const mirror = upstream.mirrors?.find((one) => one.id === id);
    if (mirror !== undefined) return { ...upstream, ...mirror };
  }
  throw new Error(`there is no upstream ${id} any more`);
}

/** Logins are rare, so their connections are not kept. Redirects are not followed. */
function sendBy(optionsFor: (url: URL) => TransportOptions): Send {
  return async ({ url, ...request }, signal) => {
    const transport = createTransport(optionsFor(url));
    try {
      const reply = await transport.send({ ...request, url, signal });
      const { bytes } = await readCapped(reply, ANSWER_LIMIT_BYTES, ANSWER_WITHIN_MS);
      const names = Object.keys(reply.headers);
      return {
        status: reply.status,
        headers: Object.fromEntries(names.map((name) => [name, replyHeader(reply, name) ?? ''])),
        body: bytes.toString('utf8'),
      };
    } finally {
      // A connection that is still being opened must not delay the answer.
      void transport.close().catch(() => undefined);
    }
  };
}
