import { isDigest } from '@registry-cache/domain';
import type { TagPlace } from '../../store/tags.ts';
import { toAnswerError, upstreamError } from '../../upstream/errors/upstream-error.ts';
import { badUpstreamAnswer } from '../../wire/errors/registry-error.ts';
import type { Accepted } from '../../wire/http/accept.ts';
import { SERVED_TYPES } from '../../wire/http/media-type.ts';
import { headNeedsGet } from '../../wire/http/refused-head.ts';
import { discard, replyHeader } from '../../wire/transport/reply.ts';
import { type Source, whileHeld } from '../contract/upstream-context.ts';
import { askManifest, getManifest, type ManifestAsk } from '../manifests/ask.ts';
import { keep, obtain, readHeld } from '../manifests/manifest-cache.ts';
import type { Held } from '../manifests/stored-manifest.ts';
import { isGone } from '../memory/check-backoff.ts';
import { recall } from './remembered-tag.ts';

/** A check asks on behalf of everybody, whatever the client that caused it takes. */
const EVERYTHING = SERVED_TYPES.join(', ');

/**
 * Asks the upstream what a known tag is now and remembers the answer; for all that ask now.
 * An unchanged tag costs one HEAD. A new digest is fetched by itself, so that header and body
 * belong together even if the tag moves on.
 * @throws AnswerError; of a tag that is gone, the link is removed where the operator has that so.
 */
export function checkTag(source: Source, place: TagPlace, known: Held): Promise<Held> {
  const { upstreamId, repository, tag } = place;
  return source.flights.join(`check ${upstreamId} ${repository} ${tag}`, () =>
    whileHeld(source, async () => {
      const confirmedAtMs = source.now();
      // The last check may have ended just before this one was to begin.
      const again = await recall(source, place);
      if (again !== undefined && again.restMs > 0) return again.held;
      const current = await whatIsNow(source, place, known).catch(async (error: unknown) => {
        const failure = await toAnswerError(error, source.key);
        // Also when nobody waits for the answer any more.
        if (isGone(failure) && source.tagRules.deleted === 'drop') await source.tags.remove(place);
        source.failedChecks.note(place, failure, source.now());
        throw failure;
      });
      source.failedChecks.forget(place);
      const record = { digest: current.digest, confirmedAtMs };
      if (current.digest === known.digest)
        await remember(source, record.digest, () => source.tags.confirm(place, record));
      else if (current.isKeepable)
        await remember(source, record.digest, () => source.tags.write(place, record));
      return current;
    }),
  );
}

async function whatIsNow(
  source: Source,
  { repository, tag }: TagPlace,
  known: Held,
): Promise<Held> {
  const ask = { repository, reference: tag, accept: EVERYTHING };
  const reply = await askManifest(source, 'HEAD', ask);
  if (headNeedsGet(reply, ['docker-content-digest'])) {
    await discard(reply);
    const held = await getManifest(source, ask);
    if (held.digest !== known.digest) await keep(source, repository, held);
    return held;
  }
  if (reply.status !== 200) throw await upstreamError(reply, source.key, 'manifest');
  await discard(reply);
  const said = replyHeader(reply, 'docker-content-digest') ?? '';
  if (said === known.digest) return known;
  if (!isDigest(said)) return getManifest(source, ask);
  const here = await readHeld(source, repository, said);
  if (here !== undefined) return here;
  return obtain(source, repository, said, EVERYTHING).catch(async (error: unknown) => {
    const failure = await toAnswerError(error, source.key);
    if (!isGone(failure)) throw failure;
    return getByTag(source, ask, said);
  });
}

/**
 * Some registries give a manifest by its tag alone, at least at first. A 404 for the digest that a
 * tag names does not mean that the tag is gone.
 */
async function getByTag(source: Source, ask: ManifestAsk, digest: string): Promise<Held> {
  const held = await getManifest(source, ask).catch(async (error: unknown) => {
    const failure = await toAnswerError(error, source.key);
    if (!isGone(failure)) throw failure;
    throw badUpstreamAnswer('digest', `${source.key} has no ${digest}, which its tag names`);
  });
  await keep(source, ask.repository, held);
  return held;
}

/**
 * Asks the upstream for a tag that is not known here, with what the client takes, and remembers
 * it where the answer is one for everybody.
 * @throws AnswerError, TransportError and others that mean the same.
 */
export function fetchTag(source: Source, place: TagPlace, accepted: Accepted): Promise<Held> {
  const { upstreamId, repository, tag } = place;
  return source.flights.join(`tag ${upstreamId} ${repository} ${tag} ${accepted.kind}`, () =>
    whileHeld(source, async () => {
      const confirmedAtMs = source.now();
      const again = await recall(source, place);
      if (again !== undefined && again.restMs > 0 && accepted.takes(again.held.type)) {
        return again.held;
      }
      const held = await getManifest(source, {
        repository,
        reference: tag,
        accept: accepted.header,
      });
      const isKept = await keep(source, repository, held);
      if (isKept && accepted.isUnchosen(held.type)) {
        const record = { digest: held.digest, confirmedAtMs };
        await remember(source, record.digest, () => source.tags.write(place, record));
      }
      return held;
    }),
  );
}

async function remember(source: Source, digest: string, write: () => Promise<void>): Promise<void> {
  await write().catch((error: unknown) => source.onUnkept(digest, error));
}
