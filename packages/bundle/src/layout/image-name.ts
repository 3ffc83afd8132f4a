import { isDigest, isRepository, isTag, withReference } from '@registry-cache/domain';

/** `quay.io/coreos/etcd:v3.5.1`, or with `@sha256:…` for an image without a tag. */
export interface ImageName {
  /** With the registry: `quay.io/coreos/etcd`. */
  readonly name: string;
  /** A tag or a digest. */
  readonly reference: string;
}

export function formatImageName({ name, reference }: ImageName): string {
  return withReference(name, reference);
}

/**
 * Reads a full name. Undefined for a name without a registry or without a tag or a digest. A name
 * with both counts by its digest, which is what it means.
 */
export function parseImageName(text: string): ImageName | undefined {
  const at = text.indexOf('@');
  const tagged = at === -1 ? text : text.slice(0, at);
  const colon = tagged.indexOf(':', tagged.lastIndexOf('/') + 1);
  const name = colon === -1 ? tagged : tagged.slice(0, colon);
  const tag = colon === -1 ? undefined : tagged.slice(colon + 1);
  const reference = at === -1 ? tag : text.slice(at + 1);
  if (reference === undefined || !(isTag(reference) || isDigest(reference))) return undefined;
  const slash = name.indexOf('/');
  const host = name.slice(0, Math.max(0, slash));
  if (!isHost(host) || !isRepository(name.slice(slash + 1))) return undefined;
  return { name, reference };
}

/** As clients tell a registry from a part of a repository. */
function isHost(text: string): boolean {
  if (
    !/^[A-Za-z0-9](?:[A-Za-z0-9._-]*)(?::\d{1,5})?$/.test(text) &&
    !/^\[[0-9a-f:]+\](?::\d{1,5})?$/i.test(text)
  )
    return false;
  return text === 'localhost' || /[.:]/.test(text);
}
