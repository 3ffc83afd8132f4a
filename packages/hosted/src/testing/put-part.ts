import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ImportTarget } from '@registry-cache/intake';

/** Puts bytes into the store and links them, as a layer or as a manifest of the repository. */
export async function putPart(
  target: ImportTarget,
  repository: string,
  kind: 'layer' | 'manifest',
  digest: string,
  bytes: string | Uint8Array,
): Promise<void> {
  const file = `${target.temporaryFile()}-${randomUUID()}`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, bytes);
  await target.storeBlob(digest, file, Date.now());
  if (kind === 'layer') await target.linkLayer(repository, digest);
  else await target.linkManifest(repository, digest);
}
