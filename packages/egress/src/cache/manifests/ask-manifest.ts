import { isDigest, SCHEMA1_SIGNED, servedType, splitDigest } from '@registry-cache/domain';
import { upstreamError } from '../../upstream/errors/upstream-error.ts';
import { badUpstreamReply } from '../../wire/errors/registry-error.ts';
import { digestOf } from '../../wire/http/digest.ts';
import { readCapped, replyHeader } from '../../wire/transport/reply.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import { describeBytes, looksLikeManifest } from './looks-like-manifest.ts';
import type { AskManifestDeps } from './manifest-deps.ts';
import { schema1Payload } from './schema1.ts';
import type { StoredManifest } from './stored-manifest.ts';

/** The size that registries should accept: OCI distribution specification 1.1, "Pushing Manifests". */
const LIMIT_BYTES = 4 * 1024 * 1024;
/** Several callers wait for one request, so only its own timeouts end it. */
const NEVER = new AbortController().signal;

export interface ManifestAsk {
  readonly repository: string;
  /** A tag or a digest. */
  readonly reference: string;
  readonly accept: string | undefined;
}

/** Asks the upstream for a manifest. The reply may have any status. */
export function askManifest(
  deps: AskManifestDeps,
  method: 'GET' | 'HEAD',
  ask: ManifestAsk,
): Promise<Reply> {
  const { repository, accept } = ask;
  return deps.client.fetch({
    method,
    path: pathOf(ask),
    repository,
    headers: { 'accept-encoding': 'identity', ...(accept === undefined ? {} : { accept }) },
    signal: NEVER,
  });
}

/**
 * Fetches a manifest from the upstream. It is read whole and hashed before any of it is passed on.
 * @throws RegistryError for an upstream's error, and for wrong bytes.
 */
export async function getManifest(
  deps: AskManifestDeps,
  ask: ManifestAsk,
): Promise<StoredManifest> {
  const reply = await askManifest(deps, 'GET', ask);
  if (reply.status !== 200) throw await upstreamError(reply, deps.key, 'manifest');
  const { bytes, whole } = await readCapped(reply, LIMIT_BYTES);
  if (!whole) {
    throw badUpstreamReply('size', `${deps.key} sent a manifest of more than ${LIMIT_BYTES} bytes`);
  }
  const named = isDigest(ask.reference)
    ? ask.reference
    : replyHeader(reply, 'docker-content-digest');
  const wanted = named !== undefined && isDigest(named) ? named : undefined;
  try {
    const manifest = toManifest(deps.key, bytes, wanted, replyHeader(reply, 'content-type'));
    return withAge(manifest, reply);
  } catch (error) {
    // A mirror may have sent these bytes. Then another host is asked.
    if (deps.client.distrust(pathOf(ask))) return getManifest(deps, ask);
    throw error;
  }
}

/** @throws RegistryError if the bytes have another digest, or are not a manifest. */
function toManifest(
  key: string,
  bytes: Buffer,
  wanted: string | undefined,
  type?: string,
): StoredManifest {
  const payload = schema1Payload(bytes);
  const digest = digestOf(
    payload ?? bytes,
    wanted === undefined ? 'sha256' : splitDigest(wanted).algorithm,
  );
  if (wanted !== undefined && wanted !== digest) {
    throw badUpstreamReply('digest', `${key} sent ${digest} where ${wanted} was expected`);
  }
  if (wanted === undefined && !looksLikeManifest(bytes)) {
    throw badUpstreamReply(
      'content',
      `${key} answered 200 with ${describeBytes(bytes)} where a manifest was expected`,
    );
  }
  const served = servedType(bytes);
  const own = payload === undefined ? (type ?? 'application/octet-stream') : SCHEMA1_SIGNED;
  return { digest, bytes, type: served ?? own, isStorable: served !== undefined };
}

/** Notes when a peer had the tag confirmed that the reply is for. */
export function withAge(manifest: StoredManifest, { confirmedMsAgo }: Reply): StoredManifest {
  return confirmedMsAgo === undefined ? manifest : { ...manifest, confirmedMsAgo };
}

function pathOf({ repository, reference }: ManifestAsk): string {
  return `/v2/${repository}/manifests/${reference}`;
}
