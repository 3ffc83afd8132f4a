import {
  onDemandUpstreamId,
  type ReferenceNames,
  type ResolvedReference,
  resolveReference,
} from '@registry-cache/config';
import {
  accept,
  type Issue,
  type Parsed,
  quoteFound,
  reject,
  withReference,
} from '@registry-cache/domain';
import type { ImageList, ListEntry } from '@registry-cache/lists';
import { isPlatform } from './choose-children.ts';

/** An image or a repository of a list, with the upstream that serves it. */
export interface Target {
  readonly entry: ListEntry;
  readonly upstreamId: string;
  /** The host of a registry that is allowed on demand, and that nobody has pulled from. */
  readonly onDemandHost?: string;
  readonly repository: string;
  /** `quay.io/coreos/etcd`. */
  readonly image: string;
  /** Undefined for some tags of the repository. */
  readonly reference: string | undefined;
}

export interface Plan {
  readonly targets: readonly Target[];
  /** Whether the list blocks the image. */
  readonly isBlocked: (image: string, reference: string) => boolean;
}

/** Finds the upstream of each entry, and refuses the list where one has none. */
export function planTargets(
  list: Pick<ImageList, 'entries' | 'blocked'>,
  names: ReferenceNames,
): Parsed<Plan> {
  const issues: Issue[] = [];
  const resolve = (path: string, text: string) => {
    const parsed = resolveReference(path, text, names);
    if (!parsed.ok) issues.push(...parsed.issues);
    return parsed.ok ? parsed.value : undefined;
  };
  const targets = list.entries.flatMap((entry) => {
    for (const platform of entry.platforms) {
      if (isPlatform(platform)) continue;
      const accepted = 'a platform, such as linux/arm64, or all';
      issues.push({ path: entry.path, found: quoteFound(platform), accepted });
    }
    const resolved = resolve(entry.path, 'reference' in entry ? entry.reference : entry.name);
    if (resolved === undefined) return [];
    const target = toTarget(entry, resolved);
    if (target !== undefined) return [target];
    issues.push(notServed(entry, resolved, names));
    return [];
  });
  const blocked = list.blocked.flatMap(({ path, reference, isWholeRepository }) => {
    const resolved = resolve(path, reference);
    return resolved === undefined ? [] : [{ ...resolved, isWholeRepository }];
  });
  if (issues.length > 0) return reject(...issues);
  return accept({
    targets,
    isBlocked: (image, reference) =>
      blocked.some(
        (one) => nameOf(one) === image && (one.isWholeRepository || one.reference === reference),
      ),
  });
}

function toTarget(entry: ListEntry, resolved: ResolvedReference): Target | undefined {
  const { repository, reference } = resolved;
  const upstream = planUpstream(resolved);
  if (upstream === undefined) return undefined;
  const own = 'reference' in entry ? reference : undefined;
  return { entry, ...upstream, repository, image: nameOf(resolved), reference: own };
}

/** The upstream that serves an image, now or from the first request on; undefined for none. */
export function planUpstream({
  upstream,
  isOnDemand,
  registry,
}: ResolvedReference): Pick<Target, 'upstreamId' | 'onDemandHost'> | undefined {
  if (upstream !== undefined) return { upstreamId: upstream.id };
  if (!isOnDemand) return undefined;
  return { upstreamId: onDemandUpstreamId(registry), onDemandHost: registry };
}

function nameOf({ registry, repository }: ResolvedReference): string {
  return `${registry}/${repository}`;
}

function notServed(
  { path }: ListEntry,
  resolved: ResolvedReference,
  { upstreams }: ReferenceNames,
): Issue {
  const served = upstreams.map(({ key }) => key).join(', ');
  const accepted = resolved.isHosted
    ? `an image of ${served}; hosted images are here, and stay until they are deleted`
    : `a registry that is served here: ${served}`;
  return { path, found: quoteFound(nameOf(resolved)), accepted };
}

/** An image of a repository whose tags are known now. */
export interface WarmImage extends Target {
  readonly reference: string;
  /** With `USUAL`, those that were pulled before, or else the default ones. */
  readonly platforms: readonly string[];
}

/** Stands for the platforms of an entry that names none. */
export const USUAL = 'usual';

/** `quay.io/coreos/etcd:v3.5.1` */
export function formatImage({ image, reference }: Pick<WarmImage, 'image' | 'reference'>): string {
  return withReference(image, reference);
}

/** Each image once, for the platforms of all entries that name it. */
export function mergeImages(images: readonly WarmImage[]): readonly WarmImage[] {
  const merged = new Map<string, WarmImage>();
  for (const image of images) {
    const name = formatImage(image);
    const known = merged.get(name);
    const platforms = [...new Set([...(known?.platforms ?? []), ...image.platforms])];
    merged.set(name, { ...image, ...known, platforms });
  }
  return [...merged.values()];
}
