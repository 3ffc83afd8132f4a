import { isDigest, type RegistryPath, type TagRules } from '@registry-cache/domain';
import type { PinStore, TagPin } from '../../store/pins.ts';
import type { TagReference } from '../../store/tags.ts';
import type { RememberDeps } from './tag-deps.ts';

/** How a request for a pinned tag is answered. */
export type PinnedAnswer =
  /** By this digest, without a word of the registry on the tag. */
  | { readonly digest: string }
  /** As any other tag, by these rules. */
  | { readonly rules: TagRules };

/** Decides how a tag is answered, by its pin. */
export async function planPinned(
  { pins, tags, tagRules }: Pick<RememberDeps, 'pins' | 'tags' | 'tagRules'>,
  reference: TagReference,
): Promise<PinnedAnswer> {
  const pin = await pins.find(reference);
  if (pin === undefined) return { rules: tagRules };
  const digest = await frozenDigest(pin, tags, reference);
  return digest === undefined ? { rules: keepDeleted(tagRules) } : { digest };
}

/** Whether pins have a word on a request: for a frozen tag, or a list with frozen tags. */
export async function isAnsweredByPin(
  pins: PinStore,
  upstreamId: string,
  path: RegistryPath,
): Promise<boolean> {
  const { repository } = path;
  if (path.kind === 'tags') return (await pins.listFrozen(upstreamId, repository)).length > 0;
  if (path.kind !== 'manifest' || isDigest(path.reference)) return false;
  const pin = await pins.find({ upstreamId, repository, tag: path.reference });
  return pin !== undefined && pin.kind !== 'following';
}

async function frozenDigest(
  pin: TagPin,
  tags: RememberDeps['tags'],
  reference: TagReference,
): Promise<string | undefined> {
  if (pin.kind === 'frozen') return pin.digest;
  if (pin.kind === 'following') return undefined;
  return (await tags.read(reference))?.digest;
}

const kept = new WeakMap<TagRules, TagRules>();

/** An image that somebody pinned stays, also after its registry has deleted the tag. */
function keepDeleted(rules: TagRules): TagRules {
  if (rules.deleted === 'keep') return rules;
  const known: TagRules = kept.get(rules) ?? { ...rules, deleted: 'keep' };
  kept.set(rules, known);
  return known;
}
