import { asObject, isDigest, parseObject } from '@registry-cache/domain';
import { isSignatureType } from './find/signature-layers.ts';

/** `sha256-<hex>`, and cosign's tags with an ending. */
const ACCESSORY_TAG = /^sha(?:256-[a-f0-9]{64}|512-[a-f0-9]{64,128})(?:\.(?:sig|att|sbom))?$/;
const IMAGE_CONFIG = new Set<unknown>([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
]);
const IMAGE_LAYER = /^application\/vnd\.(?:oci\.image\.layer|docker\.image\.rootfs)\./;
/** The layers that cosign puts behind the config of an image, in its older form. */
const DOCUMENT =
  /^(?:application\/vnd\.dsse\.envelope\.v1\+json|application\/vnd\.in-toto\+json|(?:text|application)\/(?:vnd\.)?(?:spdx|cyclonedx|syft)[\w.+-]*)$/;

/**
 * Whether a manifest is a signature, an attestation or another document about an image, and not an
 * image itself. Such a manifest needs no signature of its own. It is known by its tag or by its
 * `subject`. Both may be claimed by anybody, so nothing that a container could run counts.
 */
export function isAccessory(tag: string | undefined, manifest: Uint8Array): boolean {
  const { subject, config, layers, manifests } = parseObject(manifest);
  const hasTag = tag !== undefined && ACCESSORY_TAG.test(tag);
  // A list of referrers names no layers. Each of its entries is looked at by itself.
  if (Array.isArray(manifests)) return hasTag && layers === undefined;
  if (!Array.isArray(layers) || !(hasTag || isSubject(subject))) return false;
  const types = layers.map((layer) => asObject(layer).mediaType);
  const { mediaType: configType } = asObject(config);
  if (typeof configType !== 'string' || IMAGE_CONFIG.has(configType)) {
    return types.length > 0 && types.every(isDocument);
  }
  return types.every((type) => typeof type === 'string' && !IMAGE_LAYER.test(type));
}

function isSubject(subject: unknown): boolean {
  const { digest } = asObject(subject);
  return typeof digest === 'string' && isDigest(digest);
}

function isDocument(type: unknown): boolean {
  return isSignatureType(type) || (typeof type === 'string' && DOCUMENT.test(type));
}
