import { type ContentImage, formatImageName, parseImageName } from '@registry-cache/bundle';
import { type ReferenceNames, resolveReference } from '@registry-cache/config';
import { isDigest, isTag } from '@registry-cache/domain';

/** An image of a bundle, with its place here. */
export interface NamedImage {
  /** `quay.io/coreos/etcd:v3.5.1` */
  readonly name: string;
  readonly upstreamId: string;
  readonly repository: string;
  /** A tag or a digest. */
  readonly reference: string;
  readonly image: ContentImage;
}

/** An image of a bundle for a hosted registry. */
export interface HostedImage {
  /** `apps/team/app:1` */
  readonly name: string;
  /** With the registry: `apps/team/app`. */
  readonly repository: string;
  /** A tag or a digest. */
  readonly reference: string;
  readonly image: ContentImage;
}

export interface NamedImages {
  readonly named: readonly NamedImage[];
  /** Registries that are not served here, with the number of their images. */
  readonly notServed: ReadonlyMap<string, number>;
  /** Images of hosted registries, which are pushed. */
  readonly hosted: readonly HostedImage[];
  /** What the bundle calls images whose names have no registry. */
  readonly nameless: readonly string[];
}

/**
 * Finds the place of each image by its name.
 * @param as the name for images whose own name has no registry: `quay.io/coreos/etcd`.
 */
export function nameImages(
  images: readonly ContentImage[],
  as: string | undefined,
  names: ReferenceNames,
): NamedImages {
  const named: NamedImage[] = [];
  const notServed = new Map<string, number>();
  const nameless: string[] = [];
  const hosted: HostedImage[] = [];
  for (const found of images) {
    const image = withoutLocalhost(found, names);
    const [first = ''] = image.label.split('/');
    // A hosted registry has no dot in its name, so the label alone says that it is one.
    const own = as === undefined && names.hosted.includes(first) ? image.label : undefined;
    const given = image.name === undefined ? nameBy(as, image.label) : formatImageName(image.name);
    const full = own ?? given;
    const resolved = full === undefined ? undefined : resolveReference('REF', full, names);
    if (full === undefined || !resolved?.ok) {
      nameless.push(image.label || image.digest);
      continue;
    }
    const { upstream, registry, repository, reference, isHosted } = resolved.value;
    const isOther = isDigest(reference) && reference !== image.digest;
    if (isHosted && !isOther) {
      const path = `${registry}/${repository}`;
      const name = formatImageName({ name: path, reference });
      hosted.push({ name, repository: path, reference, image });
    } else if (upstream === undefined && !isHosted)
      notServed.set(registry, (notServed.get(registry) ?? 0) + 1);
    // A digest in a name is that of the image, whatever the bundle says.
    else if (upstream === undefined || isOther) nameless.push(full);
    else {
      const name = formatImageName({ name: `${registry}/${repository}`, reference });
      named.push({ name, upstreamId: upstream.id, repository, reference, image });
    }
  }
  return { named, notServed, hosted, nameless };
}

const LOCALHOST = /^localhost(?::\d+)?\//;

/**
 * podman calls what it has built `localhost/app`, and a registry at `localhost` is another one on
 * each machine. Such a name has no registry, unless the cache itself was that registry.
 */
function withoutLocalhost(
  image: ContentImage,
  { firstParts }: Pick<ReferenceNames, 'firstParts'>,
): ContentImage {
  const { name, reference = '' } = image.name ?? {};
  if (name === undefined || !LOCALHOST.test(name)) return image;
  const [host = '', first = ''] = name.split('/');
  if (firstParts.has(host) || firstParts.has(first.toLowerCase())) return image;
  const label = formatImageName({ name: name.replace(LOCALHOST, ''), reference });
  return { ...image, name: undefined, label };
}

/**
 * The full name of an image by what the bundle calls it: a tag, a digest, or a name and a tag. A
 * tree of skopeo without `--scoped` has the latter.
 */
function nameBy(as: string | undefined, label: string): string | undefined {
  if (as === undefined) return undefined;
  if (label === '' || parseImageName(as) !== undefined) return as;
  if (isDigest(label)) return `${as}@${label}`;
  return isTag(label) ? `${as}:${label}` : `${as}/${label}`;
}
