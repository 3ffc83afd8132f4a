import { isDigest, SERVED_TYPES } from '@registry-cache/domain';
import type { TagRecord, TagReference } from '../../store/tags.ts';
import { upstreamError } from '../../upstream/errors/upstream-error.ts';
import { badUpstreamReply } from '../../wire/errors/registry-error.ts';
import type { Accepted } from '../../wire/http/accept.ts';
import { headNeedsGet } from '../../wire/http/refused-head.ts';
import { joinInSpan } from '../../wire/spans.ts';
import { discard, replyHeader } from '../../wire/transport/reply.ts';
import { whileClientOpen } from '../contract/keep-client-open.ts';
import { askManifest, getManifest, type ManifestAsk, withAge } from '../manifests/ask-manifest.ts';
import { enterManifest, fetchManifestOnce, readManifest } from '../manifests/manifest-cache.ts';
import type { StoredManifest } from '../manifests/stored-manifest.ts';
import { isGone } from './check-backoff.ts';
import { readRememberedTag } from './remembered-tag.ts';
import type { CheckDeps } from './tag-deps.ts';

/** A check is for all clients, so it does not depend on what one client accepts. */
const EVERYTHING = SERVED_TYPES.join(', ');

/**
 * Asks the upstream for the current digest of a remembered tag, and remembers it. Callers at
 * the same time share one check. An unchanged tag costs one HEAD. A new manifest is fetched by its
 * digest, so that header and body match even if the tag moves meanwhile. If the tag is gone, its
 * link is removed, unless the operator keeps such tags.
 * @throws RegistryError
 */
export function checkTag(
  deps: CheckDeps,
  reference: TagReference,
  known: StoredManifest,
): Promise<StoredManifest> {
  const { upstreamId, repository, tag } = reference;
  const key = `check ${upstreamId} ${repository} ${tag}`;
  return joinInSpan(deps.spans, deps.manifestFetches, key, 'tag check', () =>
    whileClientOpen(deps, async () => {
      const confirmedAtMs = deps.now();
      // An earlier check may have ended just before this one began.
      const again = await readRememberedTag(deps, reference);
      if (again !== undefined && again.restMs > 0) return again.manifest;
      const current = await findCurrent(deps, reference, known).catch(async (error: unknown) => {
        // This counts even if no client waits any more.
        if (isGone(error)) await endTag(deps, reference);
        deps.checkBackoff.note(reference, error, deps.now());
        throw error;
      });
      deps.checkBackoff.forget(reference);
      const record = recordOf(current, confirmedAtMs);
      if (current.digest === known.digest)
        await remember(deps, record.digest, () => deps.tags.confirm(reference, record));
      else if (current.isStorable)
        await remember(deps, record.digest, () => deps.tags.write(reference, record));
      return current;
    }),
  );
}

/** The upstream has deleted the tag. One that is kept is told once for each time that it goes. */
async function endTag(deps: CheckDeps, reference: TagReference): Promise<void> {
  if (deps.tagRules.deleted === 'drop') await deps.tags.remove(reference);
  else if (!deps.checkBackoff.wasGone(reference)) deps.onTagGone(reference);
}

async function findCurrent(
  deps: CheckDeps,
  { repository, tag }: TagReference,
  known: StoredManifest,
): Promise<StoredManifest> {
  const ask = { repository, reference: tag, accept: EVERYTHING };
  const reply = await askManifest(deps, 'HEAD', ask);
  if (headNeedsGet(reply, ['docker-content-digest'])) {
    await discard(reply);
    const manifest = await getManifest(deps, ask);
    if (manifest.digest !== known.digest) {
      await enterManifest(deps, { repository, tag }, manifest);
    }
    return manifest;
  }
  if (reply.status !== 200) throw await upstreamError(reply, deps.key, 'manifest');
  await discard(reply);
  const named = replyHeader(reply, 'docker-content-digest') ?? '';
  if (named === known.digest) return withAge(known, reply);
  if (!isDigest(named)) {
    const manifest = await getManifest(deps, ask);
    await enterManifest(deps, { repository, tag }, manifest);
    return manifest;
  }
  const stored = await readManifest(deps, repository, named, tag);
  if (stored !== undefined) return withAge(stored, reply);
  try {
    return withAge(await fetchManifestOnce(deps, repository, named, EVERYTHING, tag), reply);
  } catch (error) {
    if (!isGone(error)) throw error;
    return getByTag(deps, ask, named);
  }
}

/**
 * Fetches a manifest by its tag, after its digest gave 404. Some registries have a new manifest only
 * by its tag at first. So that 404 does not mean that the tag was deleted.
 */
async function getByTag(
  deps: CheckDeps,
  ask: ManifestAsk,
  digest: string,
): Promise<StoredManifest> {
  const manifest = await getManifest(deps, ask).catch((error: unknown) => {
    if (!isGone(error)) throw error;
    throw badUpstreamReply('digest', `${deps.key} has no ${digest}, which its tag names`);
  });
  const { repository, reference: tag } = ask;
  await enterManifest(deps, { repository, tag }, manifest);
  return manifest;
}

/**
 * Fetches a tag that is not remembered, with the client's `Accept`. It is remembered if all clients
 * would get the same manifest.
 * @throws RegistryError; TransportError where the body broke off; an error of the disk.
 */
export function fetchTag(
  deps: CheckDeps,
  reference: TagReference,
  accepted: Accepted,
): Promise<StoredManifest> {
  const { upstreamId, repository, tag } = reference;
  const key = `tag ${upstreamId} ${repository} ${tag} ${accepted.kind}`;
  return joinInSpan(deps.spans, deps.manifestFetches, key, 'tag', () =>
    whileClientOpen(deps, async () => {
      const confirmedAtMs = deps.now();
      const again = await readRememberedTag(deps, reference);
      if (again !== undefined && again.restMs > 0 && accepted.accepts(again.manifest.type)) {
        return again.manifest;
      }
      const manifest = await getManifest(deps, {
        repository,
        reference: tag,
        accept: accepted.header,
      });
      const isStored = await enterManifest(deps, { repository, tag }, manifest);
      if (isStored && accepted.isSameForAll(manifest.type)) {
        const record = recordOf(manifest, confirmedAtMs);
        await remember(deps, record.digest, () => deps.tags.write(reference, record));
      }
      return manifest;
    }),
  );
}

/** Of a peer's answer it is the peer that had the tag confirmed. */
function recordOf({ digest, confirmedMsAgo = 0 }: StoredManifest, askedAtMs: number): TagRecord {
  return { digest, confirmedAtMs: askedAtMs - confirmedMsAgo };
}

async function remember(
  deps: CheckDeps,
  digest: string,
  write: () => Promise<void>,
): Promise<void> {
  await write().catch((error: unknown) => deps.onNotStored(digest, error));
}
