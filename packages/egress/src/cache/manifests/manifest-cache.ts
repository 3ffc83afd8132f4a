import { upstreamError } from '../../upstream/errors/upstream-error.ts';
import { acceptAlso } from '../../wire/http/accept.ts';
import { servedType } from '../../wire/http/media-type.ts';
import { headNeedsGet } from '../../wire/http/refused-head.ts';
import { discard } from '../../wire/transport/reply.ts';
import { whileClientOpen } from '../contract/keep-client-open.ts';
import type { UpstreamContext } from '../upstream-context.ts';
import { askManifest, getManifest } from './ask-manifest.ts';
import type { StoredManifest } from './stored-manifest.ts';

/** A manifest that this repository may serve, from the store. */
export async function readManifest(
  context: UpstreamContext,
  repository: string,
  digest: string,
): Promise<StoredManifest | undefined> {
  const { upstreamId, revisions } = context;
  if (!(await revisions.has(upstreamId, repository, digest))) return undefined;
  return readBytes(context, digest);
}

/**
 * A manifest by its digest from the upstream, put into the store; for all that want it now. Bytes
 * that are here by another repository's link are not fetched again, but it is the upstream that
 * says whether this repository has them.
 * @throws RegistryError, TransportError where the body broke off, or an error of the disk.
 */
export function fetchManifestOnce(
  context: UpstreamContext,
  repository: string,
  digest: string,
  accept: string | undefined,
): Promise<StoredManifest> {
  return context.singleFlight.join(`manifest ${context.upstreamId} ${repository} ${digest}`, () =>
    whileClientOpen(context, async () => {
      // Another flight may have landed since the caller looked.
      const again = await readManifest(context, repository, digest);
      if (again !== undefined) return again;
      const ask = { repository, reference: digest, accept: acceptAlso(accept) };
      const here = await readBytes(context, digest);
      const manifest =
        here !== undefined && (await isThere(context, ask))
          ? here
          : await getManifest(context, ask);
      await storeManifest(context, repository, manifest);
      return manifest;
    }),
  );
}

/** Whether a HEAD was answered, and with yes; false where only a GET can tell. */
async function isThere(
  context: UpstreamContext,
  ask: Parameters<typeof askManifest>[2],
): Promise<boolean> {
  const reply = await askManifest(context, 'HEAD', ask);
  if (headNeedsGet(reply, [])) {
    await discard(reply);
    return false;
  }
  if (reply.status !== 200) throw await upstreamError(reply, context.key, 'manifest');
  await discard(reply);
  return true;
}

/**
 * Takes in what the upstream gave: data first, link after it. A store that takes nothing more must
 * not cost anybody the answer.
 * @returns whether it is in the store now.
 */
export async function storeManifest(
  context: UpstreamContext,
  repository: string,
  manifest: StoredManifest,
): Promise<boolean> {
  if (!manifest.isStorable) return false;
  try {
    await context.store.keepBytes(manifest.digest, manifest.bytes);
    await context.revisions.link(context.upstreamId, repository, manifest.digest);
    return true;
  } catch (error) {
    context.onUnkept(manifest.digest, error);
    return false;
  }
}

async function readBytes(
  context: UpstreamContext,
  digest: string,
): Promise<StoredManifest | undefined> {
  const bytes = await context.store.readBlob(digest);
  const type = bytes === undefined ? undefined : servedType(bytes);
  if (bytes === undefined || type === undefined) return undefined;
  return { digest, bytes, type, isStorable: true };
}
