import type { Issue } from '@registry-cache/domain';

/** A chart names images in its templates; a list may want them, too. */
export type EntryKind = 'image' | 'chart';

interface Entry {
  /** Where in the list it stands: `quay.io.images.coreos/etcd`. */
  readonly path: string;
  readonly kind: EntryKind;
  /** Such as `linux/amd64`, or `all`. Empty where the list says nothing. */
  readonly platforms: readonly string[];
}

/** One image, as clients write it: `redis:7`, `quay.io/team/app@sha256:…`. */
export interface ReferenceEntry extends Entry {
  readonly reference: string;
}

/** Some tags of one repository. The registry says which tags there are. */
export interface TagsEntry extends Entry {
  /** The repository without a tag: `quay.io/coreos/etcd`. */
  readonly name: string;
  /** Chooses among the tags of the repository. */
  readonly choose: (tags: readonly string[]) => readonly string[];
  /** A list of this entry alone, in the entry's own format. */
  readonly source: object;
}

export type ListEntry = ReferenceEntry | TagsEntry;

/** An image that may not be fetched, whatever else names it. */
export interface BlockedImage {
  readonly path: string;
  readonly reference: string;
  /** Whether it has neither tag nor digest, and so stands for all of them. */
  readonly isWholeRepository: boolean;
}

/** A part of a list that is not followed. */
export interface ListNote {
  readonly path: string;
  readonly text: string;
}

export type ListFormat = 'plain' | 'skopeo' | 'regsync' | 'hauler' | 'oc-mirror' | 'yaml';

export interface ImageList {
  /** The format of each document, without repetitions. */
  readonly formats: readonly ListFormat[];
  readonly entries: readonly ListEntry[];
  readonly blocked: readonly BlockedImage[];
  /** Unknown keys, and known keys without a use here; each once. */
  readonly notes: readonly ListNote[];
}

/** What the parser of one format adds to. */
export interface ListDraft {
  readonly entries: ListEntry[];
  readonly blocked: BlockedImage[];
  readonly issues: Issue[];
  /** Adds a note, unless the same text stands there for a key of this name. */
  readonly note: (path: string, text: string) => void;
}
