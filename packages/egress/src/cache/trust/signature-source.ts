import { OCI_INDEX, SERVED_TYPES } from '@registry-cache/domain';
import type { SignatureSource } from '@registry-cache/trust';
import { upstreamError } from '../../upstream/errors/upstream-error.ts';
import { discard, readCapped } from '../../wire/transport/reply.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import { lacksReferrersApi } from '../lists/referrers-api.ts';
import { parseIndex } from '../lists/referrers-index.ts';
import { getManifest } from '../manifests/ask-manifest.ts';
import type { AskManifestDeps } from '../manifests/manifest-deps.ts';
import { isGone } from '../tags/check-backoff.ts';

/** As for manifests, of which an index is one. */
const INDEX_LIMIT_BYTES = 4 * 1024 * 1024;
/** A client waits for the whole search, and gives up some time after this. */
const LIMIT_MS = 20_000;

/** Reads the signatures of a repository from its upstream. Nothing of it is stored. */
export function createSignatureSource(deps: AskManifestDeps, repository: string): SignatureSource {
  const signal = AbortSignal.timeout(LIMIT_MS);
  const get = (path: string, accept: string): Promise<Reply> =>
    deps.client.fetch({
      method: 'GET',
      path: `/v2/${repository}/${path}`,
      repository,
      headers: { 'accept-encoding': 'identity', accept },
      signal,
    });
  return {
    async manifest(reference) {
      try {
        const accept = SERVED_TYPES.join(', ');
        return (await getManifest(deps, { repository, reference, accept })).bytes;
      } catch (error) {
        if (isGone(error)) return undefined;
        throw error;
      }
    },
    async blob(digest, maxBytes) {
      const reply = await get(`blobs/${digest}`, '*/*');
      if (reply.status === 404) {
        await discard(reply);
        return undefined;
      }
      if (reply.status !== 200) throw await upstreamError(reply, deps.key, 'blob');
      const { bytes, whole } = await readCapped(reply, maxBytes);
      return whole ? bytes : undefined;
    },
    async referrers(digest) {
      const reply = await get(`referrers/${digest}`, OCI_INDEX);
      if (lacksReferrersApi(reply.status)) {
        await discard(reply);
        return undefined;
      }
      if (reply.status !== 200) throw await upstreamError(reply, deps.key, 'referrers');
      const { bytes } = await readCapped(reply, INDEX_LIMIT_BYTES);
      // Some registries send an HTML page for every path that they do not know.
      return parseIndex(bytes) === undefined ? undefined : bytes;
    },
  };
}
