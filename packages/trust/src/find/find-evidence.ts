import { referrersTag, splitDigest } from '@registry-cache/domain';
import type { SignatureSource } from '../signature-source.ts';
import { RefusedSignature } from '../verdict.ts';
import type { Evidence } from './evidence.ts';
import { parseReferrerEntries } from './referrer-entries.ts';
import { parseSignatureLayers, type SignatureLayer } from './signature-layers.ts';

/** Told of each possible signature, in any order. */
export interface EvidenceObserver {
  readonly onEvidence: (evidence: Evidence) => Promise<void>;
  /** Something was found that cannot be a signature. */
  readonly onRefused: (refusal: RefusedSignature) => void;
  /** Once true, nothing more is fetched. */
  readonly isDone: () => boolean;
}

/** So many fetches run at a time, in each of the two branches. */
const AT_A_TIME = 4;
/** Of all signatures of a digest, only so many are looked at. */
const MAX_BLOBS = 64;

/**
 * Looks for the signatures of a digest in cosign's three forms: the tag `sha256-<hex>.sig`, and
 * referrers that are signatures or bundles. Both places are asked at the same time, so that the
 * order of the forms costs no round trip.
 * @throws the source's error if one of the places could not be looked at. The other one has been
 * looked at then.
 */
export async function findEvidence(
  source: SignatureSource,
  digest: string,
  observer: EvidenceObserver,
): Promise<void> {
  const blobs = new Map<string, Promise<Uint8Array | undefined>>();
  let restBlobs = MAX_BLOBS;
  const context: Context = {
    observer,
    takeBlob: () => {
      restBlobs -= 1;
      return restBlobs >= 0;
    },
    manifest: source.manifest,
    // Signatures of one digest often share their payload.
    blob: ({ digest: blob, maxBytes }) => {
      const running = blobs.get(blob) ?? source.blob(blob, maxBytes);
      blobs.set(blob, running);
      return running;
    },
  };
  const outcomes = await Promise.allSettled([
    readTag(context, digest),
    readReferrers(context, source, digest),
  ]);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

interface Context {
  readonly observer: EvidenceObserver;
  readonly manifest: SignatureSource['manifest'];
  /** False once enough signatures have been looked at. */
  readonly takeBlob: () => boolean;
  readonly blob: (layer: SignatureLayer) => Promise<Uint8Array | undefined>;
}

async function readTag(context: Context, digest: string): Promise<void> {
  const { algorithm, hex } = splitDigest(digest);
  const manifest = await context.manifest(`${algorithm}-${hex}.sig`);
  if (manifest !== undefined) await readManifest(context, manifest);
}

async function readReferrers(
  context: Context,
  source: SignatureSource,
  digest: string,
): Promise<void> {
  const index = (await source.referrers(digest)) ?? (await source.manifest(referrersTag(digest)));
  if (index === undefined) return;
  await forEach(context, parseReferrerEntries(index), async (referrer) => {
    const manifest = await context.manifest(referrer);
    if (manifest !== undefined) await readManifest(context, manifest);
  });
}

function readManifest(context: Context, manifest: Uint8Array): Promise<void> {
  return forEach(context, parseSignatureLayers(manifest), async (layer) => {
    const { kind, sizeBytes, maxBytes, annotations } = layer;
    if (sizeBytes > maxBytes) {
      const reason = `its signature has ${sizeBytes} bytes, and ${maxBytes} are accepted`;
      context.observer.onRefused(new RefusedSignature('too-large', reason));
      return;
    }
    if (!context.takeBlob()) return;
    const bytes = await context.blob(layer);
    if (bytes === undefined) {
      const reason = 'its signature names a blob that the registry does not have';
      context.observer.onRefused(new RefusedSignature('garbage', reason));
      return;
    }
    await context.observer.onEvidence(
      kind === 'bundle' ? { kind, bytes } : { kind, payload: bytes, annotations },
    );
  });
}

async function forEach<T>(
  { observer }: Context,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      if (observer.isDone()) return;
      await work(item);
    }
  };
  const workers = Array.from({ length: Math.min(AT_A_TIME, items.length) }, worker);
  const outcomes = await Promise.allSettled(workers);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
