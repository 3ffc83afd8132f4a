import { expect, test } from 'vitest';
import { isAccessory } from './index.ts';

const HEX = 'a'.repeat(64);
const SIG = `sha256-${HEX}.sig`;
const SUBJECT = { digest: `sha256:${HEX}`, size: 1 };
const IMAGE_CONFIG = { mediaType: 'application/vnd.oci.image.config.v1+json' };
const layersOf = (...types: unknown[]) => types.map((mediaType) => ({ mediaType }));
const SIMPLE = layersOf('application/vnd.dev.cosign.simplesigning.v1+json');

test.each<[string, string | undefined, object]>([
  ['a signature by its tag', SIG, { config: IMAGE_CONFIG, layers: SIMPLE }],
  [
    'an attestation by its tag',
    `sha256-${HEX}.att`,
    { config: IMAGE_CONFIG, layers: layersOf('application/vnd.dsse.envelope.v1+json') },
  ],
  [
    'a bill of materials by its tag',
    `sha256-${HEX}.sbom`,
    { config: IMAGE_CONFIG, layers: layersOf('text/spdx+json', 'application/vnd.cyclonedx+json') },
  ],
  [
    'a signature by its subject',
    undefined,
    { subject: SUBJECT, config: IMAGE_CONFIG, layers: SIMPLE },
  ],
  [
    'an artifact by its subject',
    undefined,
    {
      subject: SUBJECT,
      config: { mediaType: 'application/vnd.oci.empty.v1+json' },
      layers: layersOf('text/plain'),
    },
  ],
  ['the list of referrers', `sha256-${HEX}`, { manifests: [] }],
])('%s needs no signature', (_, tag, manifest) => {
  expect(isAccessory(tag, Buffer.from(JSON.stringify(manifest)))).toBe(true);
});

const ARTIFACT = {
  subject: SUBJECT,
  config: { mediaType: 'application/vnd.oci.empty.v1+json' },
  layers: layersOf('application/octet-stream'),
};
const RUNNABLE = layersOf('application/vnd.oci.image.layer.v1.tar+gzip');

test.each<[string, string | undefined, object]>([
  ['an image under the tag of a signature', SIG, { config: IMAGE_CONFIG, layers: RUNNABLE }],
  [
    'an image with a subject',
    undefined,
    { subject: SUBJECT, config: IMAGE_CONFIG, layers: RUNNABLE },
  ],
  [
    'an image with a layer of an unknown type',
    undefined,
    { subject: SUBJECT, config: IMAGE_CONFIG, layers: layersOf('application/x-tar') },
  ],
  [
    'an image with a signature among its layers',
    SIG,
    { config: IMAGE_CONFIG, layers: [...SIMPLE, ...RUNNABLE] },
  ],
  ['layers of an image without a config', undefined, { subject: SUBJECT, layers: RUNNABLE }],
  [
    'layers of an image below another config',
    undefined,
    { subject: SUBJECT, config: { mediaType: 'text/plain' }, layers: RUNNABLE },
  ],
  ['an image without layers', undefined, { subject: SUBJECT, config: IMAGE_CONFIG, layers: [] }],
  ['an index with a subject', undefined, { subject: SUBJECT, manifests: [] }],
  ['an index with layers', `sha256-${HEX}`, { manifests: [], layers: RUNNABLE }],
  ['an image without a subject', 'latest', { config: IMAGE_CONFIG, layers: SIMPLE }],
  ['an old manifest', SIG, { schemaVersion: 1, fsLayers: [] }],
  ['a signature under the tag of an image', 'latest', { ...ARTIFACT, layers: SIMPLE }],
  ['an image in capitals', SIG, { ...ARTIFACT, Config: IMAGE_CONFIG, Layers: RUNNABLE }],
  ['layers with a long s', SIG, { ...ARTIFACT, 'layer\u017f': RUNNABLE }],
  [
    'a layer with a second type',
    undefined,
    { ...ARTIFACT, layers: [{ mediaType: 'text/plain', MediaType: RUNNABLE[0]?.mediaType }] },
  ],
  [
    'a config with a second type',
    undefined,
    { ...ARTIFACT, config: { mediaType: 'text/plain', MEDIATYPE: IMAGE_CONFIG.mediaType } },
  ],
  ...['application/octet-stream', 'application/json', 'text/html', ''].map(
    (mediaType): [string, undefined, object] => [
      `an image whose config has the type "${mediaType}"`,
      undefined,
      { ...ARTIFACT, config: { mediaType } },
    ],
  ),
  [
    "docker's manifest with an unknown config",
    undefined,
    { ...ARTIFACT, mediaType: 'application/vnd.docker.distribution.manifest.v2+json' },
  ],
])('%s does', (_, tag, manifest) => {
  expect(isAccessory(tag, Buffer.from(JSON.stringify(manifest)))).toBe(false);
});
