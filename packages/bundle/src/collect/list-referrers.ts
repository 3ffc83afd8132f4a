import { subjectOfTag } from '@registry-cache/domain';
import type { StoredRepository } from './read-repository.ts';

/** The references of a repository that belong to an image: `sha256-….sig`, or digests. */
export interface Referrers {
  /** Direct referrers of a manifest: tags first. */
  of(digest: string): readonly string[];
}

/**
 * What refers to what: manifests with a `subject`, and tags such as `sha256-<hex>.sig`. Sources: OCI
 * distribution specification 1.1, "Referrers Tag Schema"; cosign for the tags.
 */
export function listReferrers({ tags, manifests }: StoredRepository): Referrers {
  const bySubject = new Map<string, string[]>();
  const add = (subject: string | undefined, reference: string) => {
    if (subject === undefined) return;
    const list = bySubject.get(subject);
    if (list === undefined) bySubject.set(subject, [reference]);
    else list.push(reference);
  };
  for (const tag of tags.keys()) add(subjectOfTag(tag), tag);
  for (const { digest, subject } of manifests.values()) add(subject, digest);
  return { of: (digest) => bySubject.get(digest) ?? [] };
}
