import { upstreamError } from '../../upstream/errors/upstream-error.ts';
import { acceptAlso } from '../../wire/http/accept.ts';
import { servedType } from '../../wire/http/media-type.ts';
import { headNeedsGet } from '../../wire/http/refused-head.ts';
import { discard } from '../../wire/transport/reply.ts';
import { type Source, whileHeld } from '../contract/upstream-context.ts';
import { askManifest, getManifest } from './ask.ts';
import type { Held } from './stored-manifest.ts';

/** A manifest that this repository may serve, from the store. */
export async function readHeld(
  source: Source,
  repository: string,
  digest: string,
): Promise<Held | undefined> {
  const { upstreamId, revisions } = source;
  if (!(await revisions.has(upstreamId, repository, digest))) return undefined;
  return readBytes(source, digest);
}

/**
 * A manifest by its digest from the upstream, put into the store; for all that want it now. Bytes
 * that are here by another repository's link are not fetched again, but it is the upstream that
 * says whether this repository has them.
 * @throws AnswerError, TransportError and others that mean the same.
 */
export function obtain(
  source: Source,
  repository: string,
  digest: string,
  accept: string | undefined,
): Promise<Held> {
  return source.flights.join(`manifest ${source.upstreamId} ${repository} ${digest}`, () =>
    whileHeld(source, async () => {
      // Another flight may have landed since the caller looked.
      const again = await readHeld(source, repository, digest);
      if (again !== undefined) return again;
      const ask = { repository, reference: digest, accept: acceptAlso(accept) };
      const here = await readBytes(source, digest);
      const held =
        here !== undefined && (await isThere(source, ask)) ? here : await getManifest(source, ask);
      await keep(source, repository, held);
      return held;
    }),
  );
}

/** Whether a HEAD was answered, and with yes; false where only a GET can tell. */
async function isThere(source: Source, ask: Parameters<typeof askManifest>[2]): Promise<boolean> {
  const reply = await askManifest(source, 'HEAD', ask);
  if (headNeedsGet(reply, [])) {
    await discard(reply);
    return false;
  }
  if (reply.status !== 200) throw await upstreamError(reply, source.key, 'manifest');
  await discard(reply);
  return true;
}

/**
 * Takes in what the upstream gave: data first, link after it. A store that takes nothing more must
 * not cost anybody the answer.
 * @returns whether it is in the store now.
 */
export async function keep(source: Source, repository: string, held: Held): Promise<boolean> {
  if (!held.isKeepable) return false;
  try {
    await source.store.keepBytes(held.digest, held.bytes);
    await source.revisions.link(source.upstreamId, repository, held.digest);
    return true;
  } catch (error) {
    source.onUnkept(held.digest, error);
    return false;
  }
}

async function readBytes(source: Source, digest: string): Promise<Held | undefined> {
  const bytes = await source.store.readBlob(digest);
  const type = bytes === undefined ? undefined : servedType(bytes);
  if (bytes === undefined || type === undefined) return undefined;
  return { digest, bytes, type, isKeepable: true };
}
