import { isDigest, splitDigest } from '@registry-cache/domain';
import { WarmError } from './door/ask.ts';
import type { Place, Registry } from './door/open-registry.ts';
import type { Here } from './here/open-here.ts';
import { ALL_PLATFORMS, chooseChildren, DEFAULT_PLATFORMS } from './plan/choose-children.ts';
import {
  type BlobPart,
  type Child,
  type ParsedManifest,
  parseManifest,
} from './plan/parse-manifest.ts';
import { formatImage, USUAL, type WarmImage } from './plan/plan-targets.ts';

export interface WarmImageDeps {
  readonly registry: Registry;
  readonly here: Here;
  /** Brings a blob in, a few at a time; undefined for a dry run. */
  readonly fetchBlob: ((place: Place, blob: BlobPart) => Promise<void>) | undefined;
  /** Makes manifests and blobs count as used; undefined for a dry run. */
  readonly renew: ((digests: Iterable<string>) => Promise<void>) | undefined;
}

/** `missing` is of a dry run alone: some bytes are not here. */
export type WarmStatus = 'here' | 'fetched' | 'missing';

export interface WarmedImage {
  readonly image: string;
  readonly digest: string;
  readonly status: WarmStatus;
  /** Those that the index has and that were chosen; empty for an image without an index. */
  readonly platforms: readonly string[];
  /** The blobs of the image, and those that were not here. */
  readonly blobs: readonly BlobPart[];
  readonly missing: readonly BlobPart[];
}

/** What is known of one image while its manifests are read. */
interface Found {
  readonly blobs: Map<string, BlobPart>;
  readonly manifests: Set<string>;
  readonly platforms: Set<string>;
  isNew: boolean;
}

/**
 * Brings one image in, with its signature, attestations and referrers. An image that is here costs
 * one HEAD, and three small requests for these.
 * @throws WarmError; an error of the connection to egress.
 */
export async function warmImage(deps: WarmImageDeps, image: WarmImage): Promise<WarmedImage> {
  const { registry, here, fetchBlob } = deps;
  const { reference } = image;
  const name = formatImage(image);
  const before = isDigest(reference) ? reference : await here.tagDigest(image, reference);
  const wasHere = before !== undefined && (await here.hasManifest(image, before));
  const old = wasHere ? await readParsed(deps, image, before) : undefined;
  const digest = await registry.find(image, reference);
  if (digest === undefined) throw new WarmError(`${name}: the registry has no such image`, 404);
  const found: Found = {
    blobs: new Map(),
    manifests: new Set(),
    platforms: new Set(),
    isNew: !wasHere || before !== digest,
  };
  const parsed = digest === before && old ? old : await readParsed(deps, image, digest);
  const children = await choose(deps, image, parsed, old);
  for (const child of children) {
    if (child.platform !== undefined && child.attests === undefined) {
      found.platforms.add(child.platform);
    }
  }
  note(found, digest, parsed);
  await addAll(
    deps,
    image,
    found,
    children.map((child) => child.digest),
  );
  await addAll(deps, image, found, await findAccessories(deps, image, digest));
  const blobs = [...found.blobs.values()];
  const unlinked = await filter(blobs, async (blob) => {
    return !(await here.hasBlob(image, blob.digest, blob.sizeBytes));
  });
  const missing = await filter(unlinked, async (blob) => {
    return !(await here.hasBytes(blob.digest, blob.sizeBytes));
  });
  if (fetchBlob !== undefined) {
    await Promise.all(unlinked.map((blob) => fetchBlob(image, blob)));
  }
  await deps.renew?.([...found.manifests, ...found.blobs.keys()]);
  const isHere = unlinked.length === 0 && !found.isNew;
  const status = isHere ? 'here' : fetchBlob === undefined ? 'missing' : 'fetched';
  return { image: name, digest, status, platforms: [...found.platforms], blobs, missing };
}

function note({ blobs, manifests }: Found, digest: string, manifest: ParsedManifest): void {
  manifests.add(digest);
  for (const blob of manifest.blobs) blobs.set(blob.digest, blob);
}

/** Reads a manifest from the store; egress has brought it there, if it may be stored at all. */
async function readParsed(
  { here, registry }: WarmImageDeps,
  place: Place,
  digest: string,
): Promise<ParsedManifest> {
  const bytes =
    (await here.readManifest(place, digest)) ?? (await registry.readManifest(place, digest));
  return parseManifest(bytes);
}

/** Brings manifests in, and those below them. */
async function addAll(
  deps: WarmImageDeps,
  place: Place,
  found: Found,
  digests: readonly string[],
): Promise<void> {
  for (const digest of digests) {
    if (!(await deps.here.hasManifest(place, digest))) {
      found.isNew = true;
      if ((await deps.registry.find(place, digest)) === undefined) {
        throw new WarmError(`${place.repository}: the registry has no ${digest}`, 404);
      }
    }
    const manifest = await readParsed(deps, place, digest);
    note(found, digest, manifest);
    await addAll(
      deps,
      place,
      found,
      manifest.children.map((child) => child.digest),
    );
  }
}

/** @throws WarmError if the index has none of the platforms that were asked for. */
async function choose(
  deps: WarmImageDeps,
  image: WarmImage,
  { isIndex, children }: ParsedManifest,
  old: ParsedManifest | undefined,
): Promise<readonly Child[]> {
  if (!isIndex) return [];
  const named = image.platforms.filter((platform) => platform !== USUAL);
  const usual = image.platforms.includes(USUAL) ? await findUsual(deps, image, children, old) : [];
  const chosen = chooseChildren(children, [...named, ...usual]);
  if (chosen.length > 0) return chosen;
  // Nothing was asked for in particular, so an image for other machines comes as a whole.
  if (named.length === 0) return chooseChildren(children, [ALL_PLATFORMS]);
  const offered = children.flatMap(({ platform }) => platform ?? []).join(', ');
  const text = `${formatImage(image)}: has no ${named.join(', ')}; it has ${offered}`;
  throw new WarmError(text, 404);
}

/** The platforms of the tag's stored index that are here, or else the default ones. */
async function findUsual(
  { here }: WarmImageDeps,
  image: WarmImage,
  children: readonly Child[],
  old: ParsedManifest | undefined,
): Promise<readonly string[]> {
  const listed = old?.isIndex === true ? old.children : children;
  const stored = await filter(listed, ({ digest }) => here.hasManifest(image, digest));
  const platforms = stored.flatMap(({ platform, attests }) =>
    platform === undefined || attests !== undefined ? [] : [platform],
  );
  return platforms.length > 0 ? platforms : DEFAULT_PLATFORMS;
}

/** Manifests of cosign's tags, and of the referrers. Many registries refuse what lacks. */
async function findAccessories(
  { registry }: WarmImageDeps,
  place: Place,
  digest: string,
): Promise<readonly string[]> {
  const { algorithm, hex } = splitDigest(digest);
  const [referrers, ...tagged] = await Promise.all([
    registry.listReferrers(place, digest).catch(noneIfRefused),
    ...COSIGN_ENDINGS.map((ending) =>
      registry.find(place, `${algorithm}-${hex}${ending}`).catch(noneIfRefused),
    ),
  ]);
  return [...tagged.filter((one) => one !== undefined), ...(referrers ?? [])];
}

/** Of the tags of a signature and of attestations. */
const COSIGN_ENDINGS = ['.sig', '.att'];

function noneIfRefused(error: unknown): undefined {
  const isRefused = error instanceof WarmError && error.status < 500 && error.status !== 429;
  if (!isRefused) throw error;
  return undefined;
}

async function filter<T>(
  values: readonly T[],
  isWanted: (value: T) => Promise<boolean>,
): Promise<readonly T[]> {
  const wanted = await Promise.all(values.map(isWanted));
  return values.filter((_, index) => wanted[index]);
}
