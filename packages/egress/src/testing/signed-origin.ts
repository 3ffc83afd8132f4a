import { generateKeyPairSync, sign } from 'node:crypto';
import type { TrustRule } from '@registry-cache/domain';
import { digestOf } from '../wire/http/digest.ts';
import { type Origin, ociError, reply, startOrigin } from './origin.ts';

const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const IMAGE_CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';
const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pemOf = (key: typeof pair) =>
  key.publicKey.export({ type: 'spki', format: 'pem' }).toString();

/** A rule for all images, by the key that `sign` uses. */
export const RULE: TrustRule = {
  number: 1,
  images: ['**'],
  mode: 'enforce',
  anyOf: [{ kind: 'key', name: '/trust/cosign.pub', pem: pemOf(pair) }],
};

/** The same by a key that signs nothing. */
export const OTHER_RULE: TrustRule = {
  ...RULE,
  anyOf: [{ kind: 'key', name: '/trust/other.pub', pem: pemOf(other) }],
};

export interface SignedImage {
  readonly digest: string;
  readonly layer: string;
}

/** A registry without the API of referrers, with images of the repository `a`. */
export interface SignedOrigin extends Origin {
  pushImage(name: string, tag?: string): SignedImage;
  pushIndex(children: readonly string[], tag?: string): string;
  tag(digest: string, tag: string): void;
  /** Writes the tag of a signature. */
  sign(digest: string): void;
  unsign(digest: string): void;
  /** Pushes an image that claims to be a signature of another one: by its tag and its types. */
  pushDisguised(of: string, content: string, types?: Partial<DisguiseTypes>): SignedImage;
  /** Requests whose path contains one of these texts fail. */
  readonly broken: Set<string>;
  /** One text such as `GET manifests latest` for each request since the last call. */
  asked(): string[];
}

export interface DisguiseTypes {
  readonly config: string;
  readonly layer: string;
}

export async function startSignedOrigin(): Promise<SignedOrigin> {
  const contents = new Map<string, { readonly bytes: string; readonly type: string }>();
  const broken = new Set<string>();
  const origin = await startOrigin(({ url, method }, response) => {
    if (url === '/v2/') return reply(response, 200, '{}');
    if ([...broken].some((part) => url.includes(part))) return reply(response, 500);
    const found = contents.get(url.replace('/v2/a/', ''));
    if (found === undefined) return reply(response, 404, ociError('MANIFEST_UNKNOWN', 'unknown'));
    reply(response, 200, method === 'HEAD' ? '' : found.bytes, {
      'content-type': found.type,
      'content-length': String(Buffer.byteLength(found.bytes)),
      ...(url.includes('/manifests/') && {
        'docker-content-digest': digestOf(Buffer.from(found.bytes)),
      }),
    });
  });
  const pushBlob = (bytes: string) => {
    const digest = digestOf(Buffer.from(bytes));
    contents.set(`blobs/${digest}`, { bytes, type: 'application/octet-stream' });
    return { digest, size: Buffer.byteLength(bytes) };
  };
  const pushManifest = (type: string, content: object, tag?: string) => {
    const bytes = JSON.stringify({ schemaVersion: 2, mediaType: type, ...content });
    const digest = digestOf(Buffer.from(bytes));
    for (const reference of tag === undefined ? [digest] : [digest, tag]) {
      contents.set(`manifests/${reference}`, { bytes, type });
    }
    return digest;
  };
  const signatureTag = (digest: string) => `${digest.replace(':', '-')}.sig`;
  let told = 0;
  return {
    ...origin,
    broken,
    pushImage(name, tag) {
      const config = { mediaType: IMAGE_CONFIG, ...pushBlob(`{"name":"${name}"}`) };
      const layer = { mediaType: LAYER, ...pushBlob(`layer of ${name}`) };
      const digest = pushManifest(OCI_MANIFEST, { config, layers: [layer] }, tag);
      return { digest, layer: layer.digest };
    },
    pushIndex: (children, tag) => {
      const manifests = children.map((digest) => ({ mediaType: OCI_MANIFEST, digest, size: 1 }));
      return pushManifest(OCI_INDEX, { manifests }, tag);
    },
    tag(digest, tag) {
      const found = contents.get(`manifests/${digest}`);
      if (found !== undefined) contents.set(`manifests/${tag}`, found);
    },
    sign(digest) {
      const payload = JSON.stringify({ critical: { image: { 'docker-manifest-digest': digest } } });
      const signature = sign('sha256', Buffer.from(payload), pair.privateKey).toString('base64');
      const annotations = { 'dev.cosignproject.cosign/signature': signature };
      const layer = { mediaType: SIMPLE_SIGNING, ...pushBlob(payload), annotations };
      const config = { mediaType: IMAGE_CONFIG, ...pushBlob('{}') };
      pushManifest(OCI_MANIFEST, { config, layers: [layer] }, signatureTag(digest));
    },
    pushDisguised(of, content, { config = IMAGE_CONFIG, layer = SIMPLE_SIGNING } = {}) {
      const layers = [{ mediaType: layer, ...pushBlob(content) }];
      const named = { mediaType: config, ...pushBlob('{"config":{"Cmd":["/evil"]}}') };
      const digest = pushManifest(OCI_MANIFEST, { config: named, layers }, signatureTag(of));
      return { digest, layer: layers[0]?.digest ?? '' };
    },
    unsign: (digest) => void contents.delete(`manifests/${signatureTag(digest)}`),
    asked() {
      const lines = origin.seen.slice(told).filter(({ url }) => url !== '/v2/');
      told = origin.seen.length;
      return lines.map(({ method, url }) => {
        const [kind, reference = ''] = url.replace('/v2/a/', '').split('/');
        const short = /^sha256:/.test(reference)
          ? 'digest'
          : reference.replace(/[a-f0-9]{64}/, 'hex');
        return `${method} ${kind} ${short}`;
      });
    },
  };
}
