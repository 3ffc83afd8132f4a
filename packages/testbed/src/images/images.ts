import { gzipSync } from 'node:zlib';
import {
  type Bundle,
  type Content,
  type Descriptor,
  describeContent,
  digestOf,
  makeContent,
  makeJsonContent,
} from './content.ts';
import { DOCKER, OCI } from './media-types.ts';
import { seededBytes } from './seeded-bytes.ts';
import { makeTar, type TarFile } from './tar.ts';

export interface ImagePlan {
  /** The same seed makes the same digests, and another seed makes other ones. */
  readonly seed: string;
  /** One layer for each size. Default one of 1 KiB. */
  readonly layerSizesBytes?: readonly number[];
  readonly compression?: 'gzip' | 'none';
  readonly format?: 'oci' | 'docker';
  /** As GOARCH. Default this machine's, which clients here pull by default. */
  readonly architecture?: string;
  /** One more layer with these files, for an image that can run. */
  readonly files?: readonly TarFile[];
  readonly entrypoint?: readonly string[];
}

/** An image for one platform: manifest, config and layers, for real clients to pull and unpack. */
export function makeImage(plan: ImagePlan): Bundle {
  const types = plan.format === 'docker' ? DOCKER : OCI;
  const gzip = plan.compression !== 'none';
  const archives = makeArchives(plan);
  const layers = archives.map((tar) =>
    // Seeded bytes cannot be compressed. Level 0 wraps them in gzip at memory speed.
    gzip
      ? makeContent(types.layerGzip, gzipSync(tar, { level: 0 }))
      : makeContent(types.layer, tar),
  );
  const config = makeJsonContent(types.config, makeConfig(plan, archives));
  const manifest = makeJsonContent(types.manifest, {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: describeContent(config),
    layers: layers.map(describeContent),
  });
  return { top: manifest, manifests: [manifest], blobs: [config, ...layers] };
}

/** An index over one image for each architecture (GOARCH). */
export function makeIndex(
  plan: Omit<ImagePlan, 'architecture'> & { readonly architectures: readonly string[] },
): Bundle {
  const types = plan.format === 'docker' ? DOCKER : OCI;
  const images = plan.architectures.map((architecture) => ({
    architecture,
    ...makeImage({ ...plan, architecture, seed: `${plan.seed}/${architecture}` }),
  }));
  const index = makeJsonContent(types.index, {
    schemaVersion: 2,
    mediaType: types.index,
    manifests: images.map(({ architecture, top }) => ({
      ...describeContent(top),
      platform: { os: 'linux', architecture },
    })),
  });
  return {
    top: index,
    manifests: [...images.flatMap(({ manifests }) => manifests), index],
    blobs: images.flatMap(({ blobs }) => blobs),
  };
}

/** An artifact such as a signature: a manifest whose `subject` is the image. */
export function makeArtifact(plan: {
  readonly seed: string;
  readonly subject: Descriptor;
  readonly artifactType: string;
  readonly sizeBytes?: number;
}): Bundle {
  const empty = makeContent(OCI.empty, Buffer.from('{}'));
  const body = makeContent(
    'application/octet-stream',
    seededBytes(plan.seed, plan.sizeBytes ?? 64),
  );
  const manifest = makeJsonContent(OCI.manifest, {
    schemaVersion: 2,
    mediaType: OCI.manifest,
    artifactType: plan.artifactType,
    config: describeContent(empty),
    layers: [describeContent(body)],
    subject: plan.subject,
  });
  return { top: manifest, manifests: [manifest], blobs: [empty, body] };
}

/** The layers of a bundle, without its configs. */
export function layersOf({ blobs }: Bundle): readonly Content[] {
  return blobs.filter(({ mediaType }) => /\.tar(?:[+.]gzip)?$/.test(mediaType));
}

function makeArchives({ seed, layerSizesBytes = [1024], files }: ImagePlan): Buffer[] {
  const archives = layerSizesBytes.map((sizeBytes, index) =>
    makeTar([{ path: `layer-${index}.bin`, content: seededBytes(`${seed}/${index}`, sizeBytes) }]),
  );
  return files === undefined ? archives : [...archives, makeTar(files)];
}

function makeConfig(plan: ImagePlan, archives: readonly Buffer[]): object {
  return {
    created: '1970-01-01T00:00:00Z',
    os: 'linux',
    architecture: plan.architecture ?? hostArchitecture(),
    config: { Entrypoint: plan.entrypoint ?? ['/layer-0.bin'], Labels: { seed: plan.seed } },
    rootfs: { type: 'layers', diff_ids: archives.map(digestOf) },
    history: archives.map((_, index) => ({ created_by: `testbed layer ${index}` })),
  };
}

/** Go's name for this machine's architecture. */
function hostArchitecture(): string {
  return process.arch === 'x64' ? 'amd64' : process.arch;
}
