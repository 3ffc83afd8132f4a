import type { Appliance } from './appliance/appliance.ts';
import type { HttpClient } from './http-client.ts';
import { type Bundle, digestOf } from './images/content.ts';
import { ANY_MANIFEST } from './images/media-types.ts';

/** A path to request, and the digest of the expected content. */
export interface Target {
  readonly path: string;
  readonly digest: string;
}

/** All requests of a client for an image: by tag, by digest, and its blobs. */
export function listTargets(registry: string, repository: string, tag: string, image: Bundle) {
  const base = `/v2/${registry}/${repository}`;
  return [
    { path: `${base}/manifests/${tag}`, digest: image.top.digest },
    ...image.manifests.map(({ digest }) => ({ path: `${base}/manifests/${digest}`, digest })),
    ...image.blobs.map(({ digest }) => ({ path: `${base}/blobs/${digest}`, digest })),
  ];
}

/** @throws if the status is not 200 or the content has another digest. */
export async function pullTarget(client: HttpClient, { path, digest }: Target): Promise<void> {
  const { status, body } = await client.get(path, { headers: { accept: ANY_MANIFEST } });
  if (status !== 200) throw new Error(`${path}: status ${status} ${body.toString().slice(0, 200)}`);
  if (digestOf(body) !== digest) throw new Error(`${path}: ${body.length} other bytes`);
}

/** Pulls all of them on one new connection. */
export async function pullTargets(
  appliance: Appliance,
  targets: readonly Target[],
  idleTimeoutMs = 60_000,
): Promise<true> {
  await using client = appliance.client({ idleTimeoutMs });
  for (const target of targets) await pullTarget(client, target);
  return true;
}
