import { isDigest, SERVED_TYPES } from '@registry-cache/domain';
import type { TagPlace } from '../../store/tags.ts';
import { upstreamError } from '../../upstream/errors/upstream-error.ts';
import { badUpstreamReply } from '../../wire/errors/registry-error.ts';
import type { Accepted } from '../../wire/http/accept.ts';
import { headNeedsGet } from '../../wire/http/refused-head.ts';
import { discard, replyHeader } from '../../wire/transport/reply.ts';
import { whileClientOpen } from '../contract/keep-client-open.ts';
import { askManifest, getManifest, type ManifestAsk } from '../manifests/ask-manifest.ts';
import { fetchManifestOnce, readManifest, storeManifest } from '../manifests/manifest-cache.ts';
import type { StoredManifest } from '../manifests/stored-manifest.ts';
import { isGone } from '../memory/check-backoff.ts';
import type { UpstreamContext } from '../upstream-context.ts';
import { readRememberedTag } from './remembered-tag.ts';

/** A check asks on behalf of everybody, whatever the client that caused it takes. */
const EVERYTHING = SERVED_TYPES.join(', ');

/**
 * Asks the upstream what a known tag is now and remembers the answer; for all that ask now.
 * An unchanged tag costs one HEAD. A new digest is fetched by itself, so that header and body
 * belong together even if the tag moves on.
 * @throws RegistryError; of a tag that is gone, the link is removed where the operator has that so.
 */
export function checkTag(
  context: UpstreamContext,
  place: TagPlace,
  known: StoredManifest,
): Promise<StoredManifest> {
  const { upstreamId, repository, tag } = place;
  return context.singleFlight.join(`check ${upstreamId} ${repository} ${tag}`, () =>
    whileClientOpen(context, async () => {
      const confirmedAtMs = context.now();
      // The last check may have ended just before this one was to begin.
      const again = await readRememberedTag(context, place);
      if (again !== undefined && again.restMs > 0) return again.manifest;
      const current = await whatIsNow(context, place, known).catch(async (error: unknown) => {
        // Also when nobody waits for the answer any more.
        if (isGone(error) && context.tagRules.deleted === 'drop') await context.tags.remove(place);
        context.checkBackoff.note(place, error, context.now());
        throw error;
      });
      context.checkBackoff.forget(place);
      const record = { digest: current.digest, confirmedAtMs };
      if (current.digest === known.digest)
        await remember(context, record.digest, () => context.tags.confirm(place, record));
      else if (current.isStorable)
        await remember(context, record.digest, () => context.tags.write(place, record));
      return current;
    }),
  );
}

async function whatIsNow(
  context: UpstreamContext,
  { repository, tag }: TagPlace,
  known: StoredManifest,
): Promise<StoredManifest> {
  const ask = { repository, reference: tag, accept: EVERYTHING };
  const reply = await askManifest(context, 'HEAD', ask);
  if (headNeedsGet(reply, ['docker-content-digest'])) {
    await discard(reply);
    const manifest = await getManifest(context, ask);
    if (manifest.digest !== known.digest) await storeManifest(context, repository, manifest);
    return manifest;
  }
  if (reply.status !== 200) throw await upstreamError(reply, context.key, 'manifest');
  await discard(reply);
  const said = replyHeader(reply, 'docker-content-digest') ?? '';
  if (said === known.digest) return known;
  if (!isDigest(said)) return getManifest(context, ask);
  const here = await readManifest(context, repository, said);
  if (here !== undefined) return here;
  return fetchManifestOnce(context, repository, said, EVERYTHING).catch(async (error: unknown) => {
    if (!isGone(error)) throw error;
    return getByTag(context, ask, said);
  });
}

/**
 * Some registries give a manifest by its tag alone, at least at first. A 404 for the digest that a
 * tag names does not mean that the tag is gone.
 */
async function getByTag(
  context: UpstreamContext,
  ask: ManifestAsk,
  digest: string,
): Promise<StoredManifest> {
  const manifest = await getManifest(context, ask).catch((error: unknown) => {
    if (!isGone(error)) throw error;
    throw badUpstreamReply('digest', `${context.key} has no ${digest}, which its tag names`);
  });
  await storeManifest(context, ask.repository, manifest);
  return manifest;
}

/**
 * Asks the upstream for a tag that is not known here, with what the client takes, and remembers
 * it where the answer is one for everybody.
 * @throws RegistryError, TransportError where the body broke off, or an error of the disk.
 */
export function fetchTag(
  context: UpstreamContext,
  place: TagPlace,
  accepted: Accepted,
): Promise<StoredManifest> {
  const { upstreamId, repository, tag } = place;
  return context.singleFlight.join(`tag ${upstreamId} ${repository} ${tag} ${accepted.kind}`, () =>
    whileClientOpen(context, async () => {
      const confirmedAtMs = context.now();
      const again = await readRememberedTag(context, place);
      if (again !== undefined && again.restMs > 0 && accepted.takes(again.manifest.type)) {
        return again.manifest;
      }
      const manifest = await getManifest(context, {
        repository,
        reference: tag,
        accept: accepted.header,
      });
      const isKept = await storeManifest(context, repository, manifest);
      if (isKept && accepted.isUnchosen(manifest.type)) {
        const record = { digest: manifest.digest, confirmedAtMs };
        await remember(context, record.digest, () => context.tags.write(place, record));
      }
      return manifest;
    }),
  );
}

async function remember(
  context: UpstreamContext,
  digest: string,
  write: () => Promise<void>,
): Promise<void> {
  await write().catch((error: unknown) => context.onUnkept(digest, error));
}
