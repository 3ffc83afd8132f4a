import { isDigest, SCHEMA1_SIGNED, splitDigest } from '@registry-cache/domain';
import { upstreamError } from '../../upstream/errors/upstream-error.ts';
import { badUpstreamReply } from '../../wire/errors/registry-error.ts';
import { digestOf } from '../../wire/http/digest.ts';
import { servedType } from '../../wire/http/media-type.ts';
import { readCapped, replyHeader } from '../../wire/transport/reply.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import type { UpstreamContext } from '../upstream-context.ts';
import { describeBytes, looksLikeManifest } from './looks-like-manifest.ts';
import { schema1Payload } from './schema1.ts';
import type { StoredManifest } from './stored-manifest.ts';

/** What the OCI distribution specification (1.1, "Pushing Manifests") asks registries to accept. */
const LIMIT_BYTES = 4 * 1024 * 1024;
/** What several wait for ends by its own timeouts alone. */
const NEVER = new AbortController().signal;

export interface ManifestAsk {
  readonly repository: string;
  /** A tag or a digest. */
  readonly reference: string;
  readonly accept: string | undefined;
}

export function askManifest(
  context: UpstreamContext,
  method: 'GET' | 'HEAD',
  ask: ManifestAsk,
): Promise<Reply> {
  const { repository, accept } = ask;
  return context.client.fetch({
    method,
    path: pathOf(ask),
    repository,
    headers: { 'accept-encoding': 'identity', ...(accept === undefined ? {} : { accept }) },
    signal: NEVER,
  });
}

/**
 * The manifest as the upstream has it, read whole and hashed before any of it is passed on.
 * @throws RegistryError for any other answer, and for wrong bytes.
 */
export async function getManifest(
  context: UpstreamContext,
  ask: ManifestAsk,
): Promise<StoredManifest> {
  const reply = await askManifest(context, 'GET', ask);
  if (reply.status !== 200) throw await upstreamError(reply, context.key, 'manifest');
  const { bytes, whole } = await readCapped(reply, LIMIT_BYTES);
  if (!whole) {
    throw badUpstreamReply(
      'size',
      `${context.key} sent a manifest of more than ${LIMIT_BYTES} bytes`,
    );
  }
  const said = isDigest(ask.reference)
    ? ask.reference
    : replyHeader(reply, 'docker-content-digest');
  const wanted = said !== undefined && isDigest(said) ? said : undefined;
  try {
    return toManifest(context.key, bytes, wanted, replyHeader(reply, 'content-type'));
  } catch (error) {
    // A mirror may have given these bytes; another place is asked then.
    if (context.client.distrust(pathOf(ask))) return getManifest(context, ask);
    throw error;
  }
}

/** @throws RegistryError where the bytes are not what is wanted, or no manifest at all. */
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

function pathOf({ repository, reference }: ManifestAsk): string {
  return `/v2/${repository}/manifests/${reference}`;
}
