import type { ListEntry } from '@registry-cache/lists';
import { WarmError } from './door/ask.ts';
import type { Registry } from './door/open-registry.ts';
import { createLimit } from './fetch-blobs.ts';
import { formatImage, mergeImages, type Plan, USUAL, type WarmImage } from './plan/plan-targets.ts';
import { type WarmedImage, type WarmImageDeps, warmImage } from './warm-image.ts';

/** So many images are looked at together; their blobs wait for their turns. */
const MOST_IMAGES = 8;

export interface WarmOptions extends WarmImageDeps {
  readonly registry: Registry;
  readonly plan: Plan;
  /** For entries that name none; empty: those that were pulled before, or else the default ones. */
  readonly platforms: readonly string[];
  readonly keepsGoing: boolean;
  readonly signal: AbortSignal;
  /** The images that a chart names; none for any other image. */
  readonly findMore: (image: WarmImage, warmed: WarmedImage) => Promise<readonly WarmImage[]>;
  /** Pins an image that is here now; left out: none is. */
  readonly pinImage?: ((image: WarmImage, warmed: WarmedImage) => Promise<void>) | undefined;
  readonly onImages: (count: number) => void;
  readonly onWarmed: (image: WarmedImage) => void;
  readonly onFailed: (failed: FailedEntry) => void;
  readonly onNote: (text: string) => void;
}

/** An entry that could not be brought in: an image, or the tags of a repository. */
export interface FailedEntry {
  readonly entry: ListEntry;
  readonly image: WarmImage | undefined;
  readonly name: string;
  readonly error: Error;
}

/**
 * Brings in what a plan names.
 * @throws the first failure, unless it keeps going.
 */
export async function runWarm(options: WarmOptions): Promise<void> {
  const { plan, signal } = options;
  const limit = createLimit(MOST_IMAGES);
  const stop = new AbortController();
  const attempt = async <T>(failed: Omit<FailedEntry, 'error'>, task: () => Promise<T>) =>
    limit(async () => {
      if (signal.aborted || stop.signal.aborted) return undefined;
      try {
        return await task();
      } catch (error) {
        signal.throwIfAborted();
        if (!options.keepsGoing) {
          stop.abort();
          throw nameIn(error, failed.name);
        }
        options.onFailed({ ...failed, error: toError(error) });
        return undefined;
      }
    });
  const listed = await Promise.all(
    plan.targets.map((target) => {
      const failed = { entry: target.entry, image: undefined, name: target.image };
      return attempt(failed, () => listImages(options, target));
    }),
  );
  signal.throwIfAborted();
  const images = mergeImages(listed.flatMap((found) => found ?? []));
  options.onImages(images.length);
  const more = await Promise.all(
    images.map((image) => {
      const failed = { entry: image.entry, image, name: formatImage(image) };
      return attempt(failed, async () => {
        const warmed = await warmImage(options, image);
        await options.pinImage?.(image, warmed);
        options.onWarmed(warmed);
        return options.findMore(image, warmed);
      });
    }),
  );
  signal.throwIfAborted();
  const known = new Set(images.map(formatImage));
  const found = mergeImages(more.flatMap((one) => one ?? []));
  const others = found.filter((image) => !known.has(formatImage(image)));
  options.onImages(images.length + others.length);
  await Promise.all(
    others.map((image) => {
      const failed = { entry: image.entry, image, name: formatImage(image) };
      return attempt(failed, () => warmGuess(options, image));
    }),
  );
  signal.throwIfAborted();
}

/** A chart may name an image that its templates never use, and that no registry has. */
async function warmGuess(options: WarmOptions, image: WarmImage): Promise<void> {
  try {
    const warmed = await warmImage(options, image);
    await options.pinImage?.(image, warmed);
    options.onWarmed(warmed);
  } catch (error) {
    if (!(error instanceof WarmError && error.status === 404)) throw error;
    options.onNote(`${image.entry.path}: ${error.message}`);
  }
}

/** The images of one entry, without those that the list blocks. */
async function listImages(
  { registry, plan, platforms, onNote }: WarmOptions,
  target: Plan['targets'][number],
): Promise<readonly WarmImage[]> {
  const { entry, image } = target;
  const own = entry.platforms.length > 0 ? entry.platforms : platforms;
  const references =
    'choose' in entry ? entry.choose(await registry.listTags(target)) : [target.reference ?? ''];
  if (references.length === 0) onNote(`${entry.path}: ${image} has no such tag`);
  return references
    .filter((reference) => !plan.isBlocked(image, reference))
    .map((reference) => ({ ...target, reference, platforms: own.length > 0 ? own : [USUAL] }));
}

/** A registry speaks of paths; people know the image. */
function nameIn(error: unknown, name: string): unknown {
  if (!(error instanceof WarmError) || error.message.startsWith(name)) return error;
  return new WarmError(`${name}: ${error.message}`, error.status);
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
