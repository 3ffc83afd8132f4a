import { asObject, isDigest, parseObject } from '@registry-cache/domain';
import { isSignatureType } from './find/signature-layers.ts';

/** `sha256-<hex>`, and cosign's tags with an ending. */
const ACCESSORY_TAG = /^sha(?:256-[a-f0-9]{64}|512-[a-f0-9]{64,128})(?:\.(?:sig|att|sbom))?$/;
/**
 * The types of configs that clients run. The last four are those of old images, which docker takes as
 * well. Source: moby, `defaultImageTypes`.
 */
const IMAGE_CONFIG = new Set<unknown>([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
  'application/octet-stream',
  'application/json',
  'text/html',
  '',
]);
/** podman runs these whatever the type of their config is. */
const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const IMAGE_LAYER = /^application\/vnd\.(?:oci\.image\.layer|docker\.image\.rootfs)\./;
/** The layers that cosign puts behind the config of an image, in its older form. */
const DOCUMENT =
  /^(?:application\/vnd\.dsse\.envelope\.v1\+json|application\/vnd\.in-toto\+json|(?:text|application)\/(?:vnd\.)?(?:spdx|cyclonedx|syft)[\w.+-]*)$/;

/**
 * Whether a manifest is a signature, an attestation or another document about an image, and not an
 * image itself. Such a manifest needs no signature of its own. It is known by its tag or by its
 * `subject`. Both may be claimed by anybody, so nothing that a container could run counts. Under any
 * other tag, such as `latest`, it counts as an image. Types may be claimed as well: see
 * `isFileSystem` for the content of its layers.
 */
export function isAccessory(tag: string | undefined, manifest: Uint8Array): boolean {
  const { mediaType, subject, config, layers, manifests, ...rest } = parseObject(manifest);
  const hasTag = tag !== undefined && ACCESSORY_TAG.test(tag);
  if (tag !== undefined && !hasTag) return false;
  if ([rest, ...[config, layers].flat().map(withoutType)].some(hasOtherSpelling)) return false;
  // A list of referrers names no layers. Each of its entries is looked at by itself.
  if (Array.isArray(manifests)) return hasTag && layers === undefined;
  if (!Array.isArray(layers) || !(hasTag || isSubject(subject))) return false;
  const types = layers.map((layer) => asObject(layer).mediaType);
  const { mediaType: configType } = asObject(config);
  const mayRun = IMAGE_CONFIG.has(configType) || mediaType === DOCKER_MANIFEST;
  if (typeof configType !== 'string' || mayRun) {
    return types.length > 0 && types.every(isDocument);
  }
  return types.every((type) => typeof type === 'string' && !IMAGE_LAYER.test(type));
}

const MEANINGFUL = new Set(['mediatype', 'subject', 'config', 'layers', 'manifests']);

/**
 * Whether an object has a member such as `Layers`. Clients in Go take it for `layers`: they ignore case,
 * and the long s and the sign of Kelvin are letters to them. So they would see another manifest.
 */
function hasOtherSpelling(members: object): boolean {
  return Object.keys(members).some((name) => MEANINGFUL.has(name.toUpperCase().toLowerCase()));
}

function withoutType(descriptor: unknown): object {
  const { mediaType: _, ...rest } = asObject(descriptor);
  return rest;
}

function isSubject(subject: unknown): boolean {
  const { digest } = asObject(subject);
  return typeof digest === 'string' && isDigest(digest);
}

function isDocument(type: unknown): boolean {
  return isSignatureType(type) || (typeof type === 'string' && DOCUMENT.test(type));
}
