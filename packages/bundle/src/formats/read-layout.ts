import { asObject, isDigest } from '@registry-cache/domain';
import { type Archive, readSmall } from '../archive/archive.ts';
import { type ImageName, parseImageName } from '../layout/image-name.ts';
import {
  blobName,
  CONTAINERD_NAME,
  INDEX_FILE,
  MISSING_PLATFORMS,
  REF_NAME,
} from '../layout/layout-files.ts';
import { readJson } from '../layout/read-json.ts';
import { MAX_INDEX_BYTES } from '../limits.ts';
import { BundleError } from '../problem.ts';
import type { BundleContents, ContentImage } from './contents.ts';
import { refuseTooMany } from './refuse-too-many.ts';

/**
 * Reads an OCI image layout: of skopeo, podman, oras, crane, `ctr export`, `docker save`, and ours.
 * @param below the folder of the layout in the archive, with a slash at its end; empty for none.
 * @throws BundleError for a list of images that is none, or that is too large.
 */
export async function readLayout(archive: Archive, below = ''): Promise<BundleContents> {
  const place = `${archive.place}: ${below}${INDEX_FILE}`;
  const bytes = await readSmall(archive, `${below}${INDEX_FILE}`, MAX_INDEX_BYTES);
  if (bytes === undefined)
    throw new BundleError(place, `missing, or over ${MAX_INDEX_BYTES} bytes`);
  const entries = readEntries(place, bytes);
  return {
    place: archive.place,
    images: entries.flatMap(readImage),
    findBlob(digest) {
      const file = archive.files.get(`${below}${blobName(digest)}`);
      return file && { sizeBytes: file.sizeBytes, stream: () => archive.stream(file) };
    },
  };
}

function readEntries(place: string, bytes: Buffer): unknown[] {
  const { manifests } = asObject(readJson(place, bytes, refuseTooMany(place)));
  if (!Array.isArray(manifests)) throw new BundleError(place, 'it has no `manifests`');
  return manifests;
}

function readImage(entry: unknown): ContentImage[] {
  const { digest, annotations } = asObject(entry);
  if (typeof digest !== 'string' || !isDigest(digest)) return [];
  const texts = asObject(annotations);
  const refName = asText(texts[REF_NAME]);
  const missing = asText(texts[MISSING_PLATFORMS]);
  return [
    {
      name: findName(asText(texts[CONTAINERD_NAME]), refName),
      label: refName ?? digest,
      digest,
      missingPlatforms: missing?.split(' '),
    },
  ];
}

/** containerd and docker have the tag alone in the name of OCI, and the full name in their own. */
function findName(...names: readonly (string | undefined)[]): ImageName | undefined {
  for (const name of names) {
    const parsed = name === undefined ? undefined : parseImageName(name);
    if (parsed !== undefined) return parsed;
  }
  return undefined;
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
