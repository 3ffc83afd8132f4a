import type { Journal } from '../../store/begun-bodies.ts';
import type { BegunBody } from '../../store/journal.ts';
import type { BlobEndpoint } from './blob-endpoint.ts';
import type { FetchDeps } from './fetch-deps.ts';
import { type FirstPart, type Opening, openBlob } from './open-blob.ts';
import { SEGMENT_BYTES } from './segmented-download.ts';

/** The file of a fetch, and its first reply. */
export interface FetchPlace {
  readonly opening: Opening;
  readonly file: string;
  /** What the file has from an earlier fetch. */
  readonly begun: BegunBody['ranges'];
  /** Undefined for a body that could not go on anyway. */
  readonly journal: Journal | undefined;
}

export interface PlaceOptions {
  readonly upstreamId: string;
  readonly digest: string;
  readonly isInOnePiece: boolean;
}

/**
 * Opens a blob: where an earlier egress had begun it, at the first byte that is missing, as long as
 * the upstream still has a body of that size and takes Range.
 * @throws as `openBlob` does. The begun file is kept then.
 */
export async function openPlace(
  { key, store }: Pick<FetchDeps, 'key' | 'store'>,
  endpoint: BlobEndpoint,
  { upstreamId, digest, isInOnePiece }: PlaceOptions,
): Promise<FetchPlace> {
  const now = () => performance.now();
  const open = (wanted?: FirstPart) => openBlob(endpoint, key, now, isInOnePiece, wanted);
  const place = async (opening: Opening, file: string, begun: BegunBody['ranges']) => {
    const { sizeBytes, isPart } = opening;
    const isNoted = isPart && sizeBytes !== undefined;
    const body = { upstreamId, digest, sizeBytes: sizeBytes ?? 0 };
    const journal = isNoted ? await store.begun.note(file, body, begun) : undefined;
    return { opening, file, begun, journal };
  };
  const begun = isInOnePiece ? undefined : await store.begun.take({ upstreamId, digest });
  if (begun === undefined) return place(await open(), store.temporaryFile(), []);
  const opening = await open(findGap(begun)).catch((error: unknown) => {
    store.begun.giveBack(begun);
    throw error;
  });
  if (opening.isPart && opening.sizeBytes === begun.sizeBytes) {
    return place(opening, begun.file, begun.ranges);
  }
  await store.begun.remove(begun.file);
  if (opening.first.start === 0) return place(opening, store.temporaryFile(), []);
  opening.reply.body.destroy();
  return place(await open(), store.temporaryFile(), []);
}

/** The first part that is missing. */
function findGap({ ranges, sizeBytes }: BegunBody): FirstPart {
  const start = ranges[0]?.[0] === 0 ? ranges[0][1] : 0;
  const next = ranges.find(([first]) => first > start)?.[0] ?? sizeBytes;
  return { start, end: Math.min(start + SEGMENT_BYTES, next) - 1 };
}
