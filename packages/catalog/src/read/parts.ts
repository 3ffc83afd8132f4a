import { statSync } from 'node:fs';
import { join } from 'node:path';
import {
  blobFile,
  isDigest,
  isTag,
  MAX_MANIFEST_BYTES,
  referrersDir,
  referrersFile,
  revisionsDir,
  tagCurrentLink,
  tagsDir,
} from '@registry-cache/domain';
import { listNamesSync } from '@registry-cache/runtime';
import type { ImageGraph } from '../graph/image-graph.ts';
import { parseManifestLinks } from '../graph/parse-manifest.ts';
import { readBytes } from './read-bytes.ts';
import type { Slices } from './slices.ts';
import { SmallFiles } from './small-files.ts';

const MAX_LINK_BYTES = 1024;
const MAX_LIST_BYTES = 256 * 1024;
const ALGORITHMS = ['sha256', 'sha512'];

/** One kind of files of a repository, and how the graph learns of them. */
export interface Part {
  /** The directories that change with each change of the part. */
  readonly directories: readonly string[];
  /** Adds to the graph what is new, and removes what is gone. */
  readonly refresh: (refresh: Refresh) => Promise<void>;
}

export interface Refresh {
  readonly graph: ImageGraph;
  readonly slices: Slices;
  /** Whether to look at every file, and not at the names only. */
  readonly isThorough: boolean;
  /** @throws RepositoryTooLargeError */
  readonly checkSize: () => void;
}

/** The parts of the repository in this directory. */
export function createParts(root: string, directory: string): readonly Part[] {
  const tags = new SmallFiles(MAX_LINK_BYTES, parseLink);
  const referrers = new SmallFiles(MAX_LIST_BYTES, parseList);
  const revisions = revisionsDir(directory);
  return [
    {
      directories: [revisions, ...ALGORITHMS.map((algorithm) => join(revisions, algorithm))],
      async refresh(refresh) {
        const hasRemoved = await refreshManifests(root, revisions, refresh);
        if (!hasRemoved) return;
        refresh.graph.setTags(tags.entries());
        refresh.graph.setReferrers(toSubjects(referrers.entries()));
      },
    },
    {
      directories: [tagsDir(directory)],
      async refresh({ graph, slices, checkSize }) {
        const names = listNamesSync(tagsDir(directory)).filter(isTag);
        await tags.read(names, (tag) => tagCurrentLink(directory, tag), slices);
        graph.setTags(tags.entries());
        checkSize();
      },
    },
    {
      directories: [referrersDir(directory)],
      async refresh({ graph, slices, checkSize }) {
        const names = listNamesSync(referrersDir(directory)).filter((name) =>
          isDigest(toDigest(name)),
        );
        await referrers.read(names, (name) => referrersFile(directory, toDigest(name)), slices);
        graph.setReferrers(toSubjects(referrers.entries()));
        checkSize();
      },
    },
  ];
}

/**
 * Adds the manifests that are new here. The name of a link's directory is enough: the data is there
 * before the link. @returns whether manifests were removed.
 */
async function refreshManifests(
  root: string,
  revisions: string,
  { graph, slices, isThorough, checkSize }: Refresh,
): Promise<boolean> {
  const here = new Set<string>();
  for (const algorithm of ALGORITHMS) {
    for (const hex of listNamesSync(join(revisions, algorithm))) {
      const digest = `${algorithm}:${hex}`;
      if (!isDigest(digest)) continue;
      if (slices.isOver()) await slices.rest();
      const isKnown = graph.has(digest);
      if (isKnown && (!isThorough || isFile(blobFile(root, digest)))) here.add(digest);
      if (isKnown) continue;
      const bytes = readBytes(blobFile(root, digest), MAX_MANIFEST_BYTES);
      if (bytes === undefined) continue;
      graph.addManifest(digest, parseManifestLinks(bytes));
      here.add(digest);
      checkSize();
    }
  }
  // All that are here are in the graph now.
  const hasRemoved = graph.manifestCount > here.size;
  if (hasRemoved) graph.keepManifests((digest) => here.has(digest));
  return hasRemoved;
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

function parseLink(text: string): string | undefined {
  return isDigest(text.trim()) ? text.trim() : undefined;
}

function parseList(text: string): string[] {
  return text.split('\n').filter(isDigest);
}

/** `sha256-<hex>` as a digest. */
function toDigest(name: string): string {
  return name.replace('-', ':');
}

function* toSubjects(
  lists: Iterable<readonly [name: string, referrers: readonly string[]]>,
): Generator<readonly [subject: string, referrers: readonly string[]]> {
  for (const [name, referrers] of lists) yield [toDigest(name), referrers];
}
