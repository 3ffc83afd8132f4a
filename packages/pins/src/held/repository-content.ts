import { join } from 'node:path';
import {
  blobFile,
  isDigest,
  layersDir,
  MAX_MANIFEST_BYTES,
  referrersDir,
  repositoryDir,
  revisionsDir,
  subjectOfTag,
  tagCurrentLink,
  tagDir,
  tagsDir,
} from '@registry-cache/domain';
import { listNamesSync, orMissingSync, readQuietly } from '@registry-cache/runtime';
import type { PinnedRepository } from '../record/read-pins.ts';
import type { Rests } from '../record/slices.ts';
import { type Links, parseLinks } from './parse-links.ts';

const MAX_LINK_BYTES = 1024;
const MAX_LIST_BYTES = 256 * 1024;

/**
 * What a repository of the store has, and what leads to what in it. Nothing is read twice, and no
 * reading counts as use.
 */
export class RepositoryContent {
  readonly directory: string;
  readonly #store: string;
  readonly #rests: Rests;
  readonly #links = new Map<string, Links | undefined>();
  #referrers: Map<string, Set<string>> | undefined;

  constructor(store: string, { upstreamId, repository }: PinnedRepository, rests: Rests) {
    this.#store = store;
    this.directory = repositoryDir(store, upstreamId, repository);
    this.#rests = rests;
  }

  /**
   * The content that a manifest names; undefined for one that is not here.
   * @throws Error with the system's code if it is here and cannot be read.
   */
  manifest(digest: string): Links | undefined {
    if (this.#links.has(digest)) return this.#links.get(digest);
    const file = blobFile(this.#store, digest);
    const bytes = orMissingSync(() => readQuietly(file, MAX_MANIFEST_BYTES));
    const links = bytes && parseLinks(bytes);
    this.#links.set(digest, links);
    return links;
  }

  /** The digest that a tag leads to here; undefined for a tag that is not here. */
  currentDigest(tag: string): string | undefined {
    return this.#readLink(tagCurrentLink(this.directory, tag));
  }

  /** All digests that a tag ever led to here. */
  digestsOfTag(tag: string): string[] {
    const current = this.currentDigest(tag);
    return [
      ...(current === undefined ? [] : [current]),
      ...listDigests(join(tagDir(this.directory, tag), 'index')),
    ];
  }

  /**
   * The manifests that refer to each digest: by their `subject`, in the upstream's lists, and by
   * tags such as `sha256-….sig`.
   * @throws Error with the system's code.
   */
  async referrers(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    if (this.#referrers !== undefined) return this.#referrers;
    const referrers = new Map<string, Set<string>>();
    const add = (subject: string, referrer: string) => {
      const known = referrers.get(subject);
      if (known === undefined) referrers.set(subject, new Set([referrer]));
      else known.add(referrer);
    };
    for (const digest of listDigests(revisionsDir(this.directory))) {
      if (this.#rests.due()) await this.#rests.rest();
      const subject = this.manifest(digest)?.subject;
      if (subject !== undefined) add(subject, digest);
    }
    for (const name of listNamesSync(referrersDir(this.directory))) {
      const subject = name.replace('-', ':');
      if (!isDigest(subject)) continue;
      for (const referrer of this.#readList(join(referrersDir(this.directory), name))) {
        add(subject, referrer);
      }
    }
    for (const tag of listNamesSync(tagsDir(this.directory))) {
      const subject = subjectOfTag(tag);
      const digest = subject === undefined ? undefined : this.currentDigest(tag);
      if (subject !== undefined && digest !== undefined) add(subject, digest);
    }
    this.#referrers = referrers;
    return referrers;
  }

  /** The digests of everything that the repository may serve. */
  linked(): string[] {
    return [
      ...listDigests(revisionsDir(this.directory)),
      ...listDigests(layersDir(this.directory)),
    ];
  }

  /** The directories and files whose change times tell of a change here. */
  watched(tags: readonly string[]): string[] {
    const revisions = revisionsDir(this.directory);
    return [
      revisions,
      join(revisions, 'sha256'),
      join(revisions, 'sha512'),
      tagsDir(this.directory),
      referrersDir(this.directory),
      ...tags.map((tag) => tagCurrentLink(this.directory, tag)),
    ];
  }

  #readLink(file: string): string | undefined {
    const text =
      orMissingSync(() => readQuietly(file, MAX_LINK_BYTES).toString('latin1').trim()) ?? '';
    return isDigest(text) ? text : undefined;
  }

  #readList(file: string): string[] {
    const bytes = orMissingSync(() => readQuietly(file, MAX_LIST_BYTES));
    return (bytes?.toString('latin1') ?? '').split('\n').filter(isDigest);
  }
}

/** The digests in `<directory>/<algorithm>/<hex>`. */
function listDigests(directory: string): string[] {
  return listNamesSync(directory).flatMap((algorithm) =>
    listNamesSync(join(directory, algorithm))
      .map((hex) => `${algorithm}:${hex}`)
      .filter(isDigest),
  );
}
