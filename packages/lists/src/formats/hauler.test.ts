import { expect, it } from 'vitest';
import { namesOf, notesOf, read } from '../testing/read.ts';

const DIGEST = 'sha256:7fa7445dfbebae4f4b7ab0e6ef99276e96075ae42584af6286ba080750d6dfe5';
/** The documents of hauler, "Hauler Manifests". */
const DOCUMENTED = `
apiVersion: content.hauler.cattle.io/v1
kind: Images
metadata:
  name: hauler-content-images-example
spec:
  images:
    - name: busybox
    - name: busybox:stable
      platform: linux/amd64
    - name: gcr.io/distroless/base@${DIGEST}
      key: carbide-key.pub
---
apiVersion: content.hauler.cattle.io/v1
kind: Charts
metadata:
  name: hauler-content-charts-example
spec:
  charts:
    - name: rancher
      repoURL: https://releases.rancher.com/server-charts/stable
      version: 2.8.4
    - name: hauler-helm
      repoURL: oci://ghcr.io/hauler-dev
      version: 1.0.6
    - name: hauler-helm
      repoURL: oci://ghcr.io/hauler-dev
---
apiVersion: content.hauler.cattle.io/v1
kind: Files
spec:
  files: [{path: https://get.rke2.io/install.sh}]
`;

it('reads images and charts in OCI registries, and tells the rest', () => {
  const list = read(DOCUMENTED);
  const tags = ['1.0.6', '1.2.0', '1.10.0', '2.0.0-rc1', 'latest'];
  expect(
    list.entries.map((one) => `${one.kind} ${namesOf(one, tags)} ${one.platforms}`.trim()),
  ).toEqual([
    'image busybox',
    'image busybox:stable linux/amd64',
    `image gcr.io/distroless/base@${DIGEST}`,
    'chart ghcr.io/hauler-dev/hauler-helm:1.0.6',
    'chart ghcr.io/hauler-dev/hauler-helm:1.10.0',
  ]);
  expect(notesOf(list)).toEqual([
    'spec.images[2].key has no use here',
    'spec.charts[0] a chart that is not in an OCI registry, not followed',
    'kind "Files" is no kind with images, not followed',
  ]);
});

it('takes platform and registry of annotations where an image has none', () => {
  const list = read(`
apiVersion: content.hauler.cattle.io/v1
kind: Images
metadata: {annotations: {hauler.dev/platform: linux/arm64, hauler.dev/registry: a.test, hauler.dev/key: x}}
spec: {images: [{name: team/app}, {name: quay.io/x/y, platform: linux/amd64}]}
`);
  expect(list.entries.map((one) => [...namesOf(one), ...one.platforms])).toEqual([
    ['a.test/team/app', 'linux/arm64'],
    ['quay.io/x/y', 'linux/amd64'],
  ]);
  expect(notesOf(list)).toEqual(['metadata.annotations.hauler.dev/key has no use here']);
});

it('writes the plus sign of a chart version as helm does, and takes the newest of a range', () => {
  const head = 'apiVersion: content.hauler.cattle.io/v1\nkind: Charts\nspec: {charts: [';
  const [exact] = read(`${head}{name: "oci://a.test/c/x", version: 1.2.3+b1}]}`).entries;
  expect(exact && namesOf(exact)).toEqual(['a.test/c/x:1.2.3_b1']);
  const [range] = read(`${head}{name: x, repoURL: "oci://a.test/c/", version: ^1.2}]}`).entries;
  expect(range && namesOf(range, ['1.1.0', '1.9.0', '1.10.0_b2', '2.0.0'])).toEqual([
    'a.test/c/x:1.10.0_b2',
  ]);
  const again =
    range !== undefined && 'source' in range ? read(JSON.stringify(range.source)) : undefined;
  expect(again?.entries.flatMap((one) => namesOf(one, ['1.3.0']))).toEqual(['a.test/c/x:1.3.0']);
});
