/** Writes a store of many images, as egress would have left it. */
import { createHash } from 'node:crypto';
import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  blobFile,
  layerLinkDir,
  repositoryDir,
  revisionLinkDir,
  tagCurrentLink,
  tagIndexLink,
} from '../../../packages/domain/src/index.ts';

const LAYERS = 8;
const LAYER_BYTES = 1_000_000;
const IMAGES_PER_REPOSITORY = 20;
/** A manifest, its configuration and its layers. */
export const BLOBS_PER_IMAGE = LAYERS + 2;
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';

/** The name of the nth image at its registry. */
export function nameImage(index: number): { readonly repository: string; readonly tag: string } {
  const repository = `team/app-${Math.floor(index / IMAGES_PER_REPOSITORY)}`;
  return { repository, tag: `v${index % IMAGES_PER_REPOSITORY}` };
}

/** Layers are sparse files: they have a size without data, so only names and inodes take space. */
export function writeLargeStore(root: string, upstreamId: string, images: number): void {
  for (let index = 0; index < images; index += 1) writeImage(root, upstreamId, index);
}

function writeImage(root: string, upstreamId: string, index: number): void {
  const { repository, tag } = nameImage(index);
  const folder = repositoryDir(root, upstreamId, repository);
  const config = Buffer.from(
    JSON.stringify({ architecture: 'amd64', os: 'linux', created_by: index }),
  );
  const layers = Array.from({ length: LAYERS }, (_, nth) => digestOf(`${index} ${nth}`));
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: { mediaType: CONFIG, digest: digestOf(config), size: config.length },
      layers: layers.map((digest) => ({ mediaType: LAYER, digest, size: LAYER_BYTES })),
    }),
  );
  const top = digestOf(manifest);
  write(blobFile(root, top), manifest);
  write(blobFile(root, digestOf(config)), config);
  for (const digest of layers) writeSparse(blobFile(root, digest));
  for (const digest of [digestOf(config), ...layers]) {
    write(join(layerLinkDir(folder, digest), 'link'), digest);
  }
  write(join(revisionLinkDir(folder, top), 'link'), top);
  write(tagCurrentLink(folder, tag), top);
  write(tagIndexLink(folder, tag, top), top);
}

function write(file: string, content: string | Buffer): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

function writeSparse(file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const open = openSync(file, 'w');
  ftruncateSync(open, LAYER_BYTES);
  closeSync(open);
}

function digestOf(content: string | Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
