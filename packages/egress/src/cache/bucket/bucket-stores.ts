import type { BucketPlace, UploadTask } from '@registry-cache/bucket';
import { MAX_MANIFEST_BYTES, splitDigest } from '@registry-cache/domain';
import { SingleFlight } from '@registry-cache/runtime';
import type { ContentStore } from '../../store/content-store.ts';
import type { RevisionStore } from '../../store/manifests.ts';
import type { ReferrerLists } from '../../store/referrer-lists.ts';
import type { TagStore } from '../../store/tags.ts';
import { digestOf } from '../../wire/http/digest.ts';
import { BEYOND_END, type BucketReader } from './bucket-reader.ts';
import { readBytes } from './read-text.ts';

/** The parts of the store that the bucket adds to. */
export interface BucketStores {
  readonly store: ContentStore;
  readonly revisions: RevisionStore;
  readonly tags: TagStore;
  readonly referrerLists: ReferrerLists;
}

export interface BucketStoresDeps {
  readonly reader: BucketReader;
  /** Whether peers ask, and not clients. */
  readonly isForPeers: boolean;
  /** What is linked here goes to the bucket later. */
  readonly enqueue: (task: UploadTask) => Promise<void>;
  /** Whether trust or admission rules hold for the image. Its links are not taken from the bucket. */
  readonly hasRules: (place: BucketPlace) => boolean;
  /** What came from the bucket could not be stored. */
  readonly onNotStored: (error: unknown) => void;
}

/** Several callers wait, so only the reader's own time limit ends a lookup. */
const NEVER = new AbortController().signal;

/**
 * The store with the bucket below it. What is linked here is queued for the bucket. A manifest or
 * tag that is missing here is brought from the bucket, if the bucket has it.
 */
export function withBucketStores(local: BucketStores, deps: BucketStoresDeps): BucketStores {
  const { reader, isForPeers, enqueue, hasRules, onNotStored } = deps;
  const brought = new SingleFlight<boolean>();

  /** Stores and links a manifest of the bucket. False if the bucket does not have it. */
  const bring = (place: BucketPlace, digest: string): Promise<boolean> => {
    const { upstreamId, repository } = place;
    if (hasRules(place) || reader.isSecond(digest)) return Promise.resolve(false);
    return brought.join(`${upstreamId} ${repository} ${digest}`, async () => {
      const bytes = await readManifest(reader, place, digest);
      if (bytes === undefined) return false;
      try {
        await local.store.storeBytes(digest, bytes);
        await revisions.link(upstreamId, repository, digest);
        return true;
      } catch (error) {
        onNotStored(error);
        return false;
      }
    });
  };

  const revisions: RevisionStore = {
    async has(upstreamId, repository, digest) {
      const place = { upstreamId, repository };
      if (!(await local.revisions.has(upstreamId, repository, digest))) return bring(place, digest);
      // The cleaner may have removed the bytes and not yet the link.
      if ((await local.store.blobSize(digest)) === undefined) await bring(place, digest);
      return true;
    },
    hasEntered: (...place) => local.revisions.hasEntered(...place),
    async link(upstreamId, repository, digest) {
      await local.revisions.link(upstreamId, repository, digest);
      await enqueue({ kind: 'revision', upstreamId, repository, digest });
    },
  };

  return {
    revisions,
    store: {
      ...local.store,
      async linkLayer(upstreamId, repository, digest) {
        await local.store.linkLayer(upstreamId, repository, digest);
        // A layer that came from a peer is sent by that peer, which may know nothing of wrong bytes
        // in the bucket. The sweep looks whether it was.
        if (!isForPeers && reader.takeFromPeer(digest) && !reader.isWrong(digest)) return;
        await enqueue({ kind: 'layer', upstreamId, repository, digest });
      },
    },
    tags: {
      async read(reference) {
        const known = await local.tags.read(reference);
        if (known !== undefined || hasRules(reference)) return known;
        const record = await reader.tag(reference, reference.tag, NEVER);
        if (record === undefined) return undefined;
        const { upstreamId, repository } = reference;
        if (!(await revisions.has(upstreamId, repository, record.digest))) return undefined;
        try {
          await local.tags.write(reference, record);
        } catch (error) {
          onNotStored(error);
        }
        return record;
      },
      async write(reference, record) {
        await local.tags.write(reference, record);
        await enqueue({ kind: 'tag', ...reference, record });
      },
      async confirm(reference, record) {
        await local.tags.confirm(reference, record);
        await enqueue({ kind: 'tag', ...reference, record });
      },
      async remove(reference) {
        await local.tags.remove(reference);
        await enqueue({ kind: 'tag', ...reference });
      },
    },
    referrerLists: {
      write: ({ subject, ...place }, list) =>
        enqueue({ kind: 'referrers', ...place, subject, list: list.toString('utf8') }),
      async read({ subject, ...place }) {
        if (hasRules(place)) return undefined;
        const list = await reader.referrers(place, subject, NEVER);
        return list === undefined ? undefined : Buffer.from(list);
      },
    },
  };
}

/** Undefined also for bytes of another digest, and for more bytes than a manifest has. */
async function readManifest(
  reader: BucketReader,
  place: BucketPlace,
  digest: string,
): Promise<Buffer | undefined> {
  const found = await reader.open('revision', place, digest, { signal: NEVER });
  if (found === undefined || found === BEYOND_END) return undefined;
  try {
    const bytes = await readBytes(found.body, MAX_MANIFEST_BYTES);
    const { algorithm } = splitDigest(digest);
    if (bytes !== undefined && digestOf(bytes, algorithm) === digest) return bytes;
  } catch {
    // The body broke off.
    return undefined;
  }
  reader.distrust(digest);
  return undefined;
}
