import { digestOf, type OpenMirror } from './open-mirror.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
export const LAYER = 'the bytes of a layer';

/** A descriptor of some bytes. */
export function part(bytes: string): { digest: string; size: number } {
  return { digest: digestOf(bytes), size: bytes.length };
}

/** The manifest of an image with one layer. */
export function toImage(layer = LAYER, more: object = {}): string {
  const image = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: part('{}'),
    layers: [part(layer)],
  };
  return JSON.stringify({ ...image, ...more });
}

/** The index of some manifests. */
export function toIndex(...manifests: readonly string[]): string {
  return JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: manifests.map(part) });
}

/** The code of the first error in a body. */
export function codeOf(text: string): string {
  return JSON.parse(text).errors[0].code as string;
}

/**
 * Pushes into `team/app` of `quay.test`, unless another repository is said.
 * @param mirror gives what a test has opened.
 */
export function createPushClient(mirror: () => Pick<OpenMirror, 'ask'>) {
  const askQuay = (method: string, path: string, body?: string | Uint8Array) =>
    mirror().ask(method, path, { upstreamId: 'quay.test', ...(body !== undefined && { body }) });
  const requireCreated = ({ status, text }: { status: number; text: string }) => {
    if (status !== 201) throw new Error(`201 was expected, and not ${status}: ${text}`);
  };
  const client = {
    ask: askQuay,
    async pushBlob(bytes: string, repository = 'team/app'): Promise<void> {
      const path = `/v2/${repository}/blobs/uploads/?digest=${digestOf(bytes)}`;
      requireCreated(await askQuay('POST', path, bytes));
    },
    putManifest: (reference: string, bytes: string) =>
      askQuay('PUT', `/v2/team/app/manifests/${reference}`, bytes),
    /** Returns the digest of the image. */
    async pushImage(tag: string, layer = LAYER): Promise<string> {
      for (const blob of ['{}', layer]) await client.pushBlob(blob);
      requireCreated(await client.putManifest(tag, toImage(layer)));
      return digestOf(toImage(layer));
    },
  };
  return client;
}
