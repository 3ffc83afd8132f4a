import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  blobFile,
  layerLinkDir,
  repositoryDir,
  revisionLinkDir,
  tagCurrentLink,
} from '@registry-cache/domain';
import { digestOf } from '@registry-cache/testbed';

/**
 * Puts an image with layers of zeros into a store, as <repository>:v1 of an upstream. Their files
 * have holes and take no room.
 * @param sizes of the layers, in bytes.
 */
export async function storeImageOfZeros(
  root: string,
  repository: string,
  sizes: readonly number[],
  upstreamId = 'quay.io',
): Promise<void> {
  const layers: { readonly digest: string }[] = [];
  for (const [index, size] of sizes.entries()) {
    layers.push(await storeZeros(root, `${repository} ${index}`, size));
  }
  const config = await storeBytes(root, Buffer.from(`{"of":"${repository}"}`));
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const text = JSON.stringify({
    schemaVersion: 2,
    mediaType,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
    layers,
  });
  const { digest } = await storeBytes(root, Buffer.from(text));
  const directory = repositoryDir(root, upstreamId, repository);
  for (const blob of [config, ...layers]) {
    await storeLink(join(layerLinkDir(directory, blob.digest), 'link'), blob.digest);
  }
  for (const link of [
    join(revisionLinkDir(directory, digest), 'link'),
    tagCurrentLink(directory, 'v1'),
  ]) {
    await storeLink(link, digest);
  }
}

async function storeLink(file: string, digest: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, digest);
}

async function storeBytes(root: string, bytes: Buffer) {
  const digest = digestOf(bytes);
  await mkdir(dirname(blobFile(root, digest)), { recursive: true });
  await writeFile(blobFile(root, digest), bytes);
  return { digest, size: bytes.length };
}

async function storeZeros(root: string, start: string, size: number) {
  const path = join(root, 'zeros');
  {
    await using file = await open(path, 'w', 0o644);
    await file.writeFile(start);
    await file.truncate(size);
  }
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece);
  const digest = `sha256:${hash.digest('hex')}`;
  await mkdir(dirname(blobFile(root, digest)), { recursive: true });
  await rename(path, blobFile(root, digest));
  return { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest, size };
}
