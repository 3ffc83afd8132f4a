import { expect, it } from 'vitest';
import { namesOf, notesOf, read } from '../testing/read.ts';

const entriesOf = (text: string) =>
  read(text).entries.map((one) => [one.path, ...namesOf(one), ...one.platforms].join(' '));

it('finds every image of Kubernetes documents', () => {
  const pod = 'initContainers: [{image: "a:1"}], containers: [{name: x, image: quay.io/b/c}]';
  const volumes = 'volumes: [{name: m, image: {reference: "quay.io/m/n:2", pullPolicy: Always}}]';
  expect(
    entriesOf(
      `kind: List\nitems: [{kind: Deployment, spec: {template: {spec: {${pod}, ${volumes}}}}}]\n---\nkind: Service\n`,
    ),
  ).toEqual([
    'items[0].spec.template.spec.initContainers[0].image a:1',
    'items[0].spec.template.spec.containers[0].image quay.io/b/c',
    'items[0].spec.template.spec.volumes[0].image quay.io/m/n:2',
  ]);
});

it('finds the images of a compose file, with platforms and the defaults of variables', () => {
  const text = `
services:
  web: {image: "nginx:\${TAG:-1.27}", platform: linux/arm64}
  images: {image: redis}
  app: {image: "\${REGISTRY}/app"}
  built: {build: .}
`;
  expect(entriesOf(text)).toEqual([
    'services.web.image nginx:1.27 linux/arm64',
    'services.images.image redis',
  ]);
  expect(notesOf(read(text))).toEqual([
    'services.app.image needs a value from elsewhere, not followed',
  ]);
});

it('joins repository and tag of custom resources', () => {
  expect(
    entriesOf(
      'spec: {values: {image: {registry: a.test, repository: x/y, tag: 1.10, digest: ""}, sidecar: {image: {pullPolicy: Always}}}}',
    ),
  ).toEqual(['spec.values.image a.test/x/y:1.10']);
});

it('reads a list at the top, and JSON', () => {
  expect(entriesOf('[{"image":"a"},{"image":"b"}]')).toEqual(['[0].image a', '[1].image b']);
});
