import { digestOf } from '../wire/http/digest.ts';
import { type Origin, ociError, reply, startOrigin } from './origin.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

/** The SDK sends larger bodies in another way, from 2 MB on. */
export const LAYER = Buffer.alloc(2_500_000, 'the bytes of a layer, ');
const CONFIG = Buffer.from('{"architecture":"amd64","os":"linux"}');
const EMPTY = Buffer.from('{}');

const describe = (mediaType: string, bytes: Buffer) => ({
  mediaType,
  digest: digestOf(bytes),
  size: bytes.length,
});

const IMAGE = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: describe('application/vnd.oci.image.config.v1+json', CONFIG),
    layers: [describe('application/vnd.oci.image.layer.v1.tar', LAYER)],
  }),
);
const REFERRER = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    artifactType: 'application/x-note',
    config: describe('application/vnd.oci.empty.v1+json', EMPTY),
    layers: [describe('application/vnd.oci.empty.v1+json', EMPTY)],
    subject: describe(MANIFEST, IMAGE),
  }),
);
const LIST = JSON.stringify({
  schemaVersion: 2,
  mediaType: INDEX,
  manifests: [{ ...describe(MANIFEST, REFERRER), artifactType: 'application/x-note' }],
});

const IMAGE_DIGEST = digestOf(IMAGE);
export const LAYER_DIGEST = digestOf(LAYER);
export const LAYER_PATH = `/v2/team/app/blobs/${LAYER_DIGEST}`;
export const TAG_PATH = '/v2/team/app/manifests/v1';
export const REFERRERS_PATH = `/v2/team/app/referrers/${IMAGE_DIGEST}`;

/** Everything of the image, in the order in which a client asks, and the bodies of the answers. */
export const WHOLE_IMAGE: readonly (readonly [path: string, body: string])[] = [
  [TAG_PATH, IMAGE.toString()],
  [`/v2/team/app/manifests/${IMAGE_DIGEST}`, IMAGE.toString()],
  [`/v2/team/app/blobs/${digestOf(CONFIG)}`, CONFIG.toString()],
  [LAYER_PATH, LAYER.toString()],
  [`/v2/team/app/manifests/${digestOf(REFERRER)}`, REFERRER.toString()],
  [`/v2/team/app/blobs/${digestOf(EMPTY)}`, EMPTY.toString()],
];

/** An upstream with one image, `team/app:v1`, and one referrer of it. */
export function startImageOrigin(): Promise<Origin> {
  const bodies = new Map<string, Buffer>(
    WHOLE_IMAGE.filter(([path]) => path !== LAYER_PATH).map(([path, body]) => [
      path,
      Buffer.from(body),
    ]),
  );
  bodies.set(LAYER_PATH, LAYER);
  return startOrigin(({ url, method }, response) => {
    if (url === REFERRERS_PATH) return reply(response, 200, LIST, { 'content-type': INDEX });
    const found = bodies.get(url);
    if (found === undefined) return reply(response, 404, ociError('NOT_FOUND', 'unknown'));
    const type = url.includes('/manifests/') ? MANIFEST : 'application/octet-stream';
    const length = String(found.length);
    const headers = { 'content-type': type, 'content-length': length };
    reply(response, 200, method === 'HEAD' ? '' : found, headers);
  });
}
