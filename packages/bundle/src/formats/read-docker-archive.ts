import { createHash } from 'node:crypto';
import {
  asObject,
  isDigest,
  MAX_MANIFEST_BYTES,
  OCI_MANIFEST,
  parseObject,
} from '@registry-cache/domain';
import { type Archive, type ArchiveFile, readSmall } from '../archive/archive.ts';
import { normalizeName } from '../archive/entry-name.ts';
import { compressionOf, decompress } from '../archive/spool.ts';
import { hashOf } from '../layout/bundle-manifest.ts';
import { type ImageName, parseImageName } from '../layout/image-name.ts';
import { DOCKER_FILE } from '../layout/layout-files.ts';
import { readJson } from '../layout/read-json.ts';
import { MAX_INDEX_BYTES } from '../limits.ts';
import { BundleError } from '../problem.ts';
import type { BundleContents, ContentBlob, ContentImage } from './contents.ts';
import { refuseTooMany } from './refuse-too-many.ts';

const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar';
const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';

/**
 * Reads an archive of `docker save` or `podman save`. It has no manifests, so each image gets one of
 * OCI, with its config and its layers as they are. Source: Docker image specification 1.2.
 * @throws BundleError for a list of images that is none, and for files that it lacks.
 */
export async function readDockerArchive(archive: Archive): Promise<BundleContents> {
  const place = `${archive.place}: ${DOCKER_FILE}`;
  const bytes = await readSmall(archive, DOCKER_FILE, MAX_INDEX_BYTES);
  if (bytes === undefined)
    throw new BundleError(place, `missing, or over ${MAX_INDEX_BYTES} bytes`);
  const blobs = new Map<string, ContentBlob>();
  const images: ContentImage[] = [];
  let madeBytes = 0;
  const addFile = (digest: string, file: ArchiveFile) =>
    blobs.set(digest, { sizeBytes: file.sizeBytes, stream: () => archive.stream(file) });
  const addManifest = (content: Buffer) => {
    madeBytes += content.length;
    if (madeBytes > MAX_INDEX_BYTES)
      throw new BundleError(place, 'its images have too many layers');
    const digest = hashOf(content);
    blobs.set(digest, { sizeBytes: content.length, stream: () => [content] });
    return digest;
  };
  for (const entry of readEntries(place, bytes)) {
    const { Config, RepoTags, Layers } = asObject(entry);
    const configFile = archive.files.get(toName(Config));
    const configBytes = await readSmall(archive, toName(Config), MAX_MANIFEST_BYTES);
    if (configBytes === undefined || configFile === undefined) {
      throw new BundleError(place, `it has no config ${Config}`);
    }
    const diffIds = readDiffIds(configBytes);
    const names = Array.isArray(Layers) ? Layers.map(toName) : [];
    if (names.length !== diffIds.length) {
      throw new BundleError(place, `${names.length} layers, but ${diffIds.length} in ${Config}`);
    }
    const layers: object[] = [];
    for (const [index, name] of names.entries()) {
      const file = archive.files.get(name);
      if (file === undefined) throw new BundleError(place, `it has no layer ${name}`);
      const layer = await describeLayer(archive, file, diffIds[index] ?? '');
      addFile(layer.digest, file);
      layers.push(layer);
    }
    const configDigest = hashOf(configBytes);
    addFile(configDigest, configFile);
    const config = { mediaType: CONFIG_TYPE, digest: configDigest, size: configBytes.length };
    const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers };
    const digest = addManifest(Buffer.from(JSON.stringify(manifest)));
    images.push(...nameImage(RepoTags, digest));
  }
  return { place: archive.place, images, findBlob: (digest) => blobs.get(digest) };
}

function readEntries(place: string, bytes: Buffer): unknown[] {
  const value = readJson(place, bytes, refuseTooMany(place));
  if (!Array.isArray(value)) throw new BundleError(place, 'no list of images');
  return value;
}

function readDiffIds(config: Buffer): string[] {
  const ids = asObject(parseObject(config).rootfs).diff_ids;
  return (Array.isArray(ids) ? ids : []).filter((id) => typeof id === 'string' && isDigest(id));
}

function toName(value: unknown): string {
  return (typeof value === 'string' ? normalizeName(value) : undefined) ?? '';
}

/**
 * A plain layer has the digest that the config names, which is checked when it is read. Of a
 * compressed one both digests are found here.
 * @throws BundleError if its content is not the config's.
 */
async function describeLayer(
  archive: Archive,
  file: ArchiveFile,
  diffId: string,
): Promise<{ mediaType: string; digest: string; size: number }> {
  const size = file.sizeBytes;
  const kind = await readKind(archive, file);
  if (kind === undefined) return { mediaType: LAYER_TYPE, digest: diffId, size };
  const outer = createHash('sha256');
  const inner = createHash('sha256');
  for await (const piece of decompress(tee(archive.stream(file), outer))) inner.update(piece);
  if (`sha256:${inner.digest('hex')}` !== diffId) {
    throw new BundleError(archive.place, `the layer ${file.name} is not that of its config`);
  }
  return { mediaType: `${LAYER_TYPE}+${kind}`, digest: `sha256:${outer.digest('hex')}`, size };
}

async function* tee(
  pieces: AsyncIterable<Buffer>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}

async function readKind(archive: Archive, file: ArchiveFile) {
  const start = { ...file, sizeBytes: Math.min(4, file.sizeBytes) };
  for await (const piece of archive.stream(start)) return compressionOf(piece);
  return undefined;
}

/** One entry for each name; names of Docker Hub have no registry here. */
function nameImage(tags: unknown, digest: string): ContentImage[] {
  const names = (Array.isArray(tags) ? tags : []).filter((tag) => typeof tag === 'string');
  if (names.length === 0) {
    return [{ name: undefined, label: digest, digest, missingPlatforms: undefined }];
  }
  return names.map((label) => ({
    name: parseDockerName(label),
    label,
    digest,
    missingPlatforms: undefined,
  }));
}

/** `redis:7` is `docker.io/library/redis:7`, as docker has it. */
function parseDockerName(text: string): ImageName | undefined {
  const full = parseImageName(text);
  if (full !== undefined) return full;
  return parseImageName(`docker.io/${text.includes('/') ? '' : 'library/'}${text}`);
}
