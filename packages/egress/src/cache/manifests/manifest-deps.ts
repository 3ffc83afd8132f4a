import type { SingleFlight } from '@registry-cache/runtime';
import type { ContentStore } from '../../store/content-store.ts';
import type { RevisionStore } from '../../store/manifests.ts';
import type { UpstreamClient } from '../../upstream/client/upstream-client.ts';
import type { Spans } from '../../wire/spans.ts';
import type { KeepClientOpen } from '../contract/keep-client-open.ts';
import type { Entrance } from '../entrance/entrance.ts';
import type { EnteredManifests } from './entered-manifests.ts';
import type { StoredManifest } from './stored-manifest.ts';

/** Asks the upstream for manifests. */
export interface AskManifestDeps {
  /** The upstream's name, for messages. */
  readonly key: string;
  readonly client: Pick<UpstreamClient, 'fetch' | 'distrust'>;
}

/** Reads manifests of one upstream from the store. */
export interface ReadManifestDeps {
  readonly upstreamId: string;
  readonly store: Pick<ContentStore, 'readBlob' | 'storeBytes'>;
  readonly revisions: RevisionStore;
  /** Refuses manifests that must not be served. */
  readonly entrance: Entrance;
}

/** Writes manifests of one upstream to the store. */
export interface StoreManifestDeps extends ReadManifestDeps {
  readonly entered: EnteredManifests;
  /** A fetched manifest could not be stored: the disk is full, read-only or broken. */
  readonly onNotStored: (digest: string, error: unknown) => void;
}

/** Fetches manifests, once for all callers at the same time. */
export interface FetchManifestDeps extends AskManifestDeps, StoreManifestDeps {
  readonly manifestFetches: SingleFlight<StoredManifest>;
  readonly keepClientOpen: KeepClientOpen;
  /** Undefined without tracing. */
  readonly spans?: Spans | undefined;
}

/** The work that a response with a manifest causes. */
export interface RespondDeps {
  readonly upstreamId: string;
  readonly entered: EnteredManifests;
  /** Removes damaged blobs that the manifest names. Resolves when none of them is left. */
  readonly checkChildren: (digest: string, bytes: Uint8Array) => Promise<void>;
  /** Starts to fetch the blobs that the manifest names. Returns at once. */
  readonly prefetch: (repository: string, manifest: StoredManifest) => void;
}

/** The collaborators of responses with manifests. */
export interface ManifestDeps extends FetchManifestDeps, RespondDeps {}
