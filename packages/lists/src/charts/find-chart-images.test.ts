import { expect, it } from 'vitest';
import { findChartImages } from './find-chart-images.ts';

it('finds images in annotations, values, templates and subcharts of a chart', () => {
  const files = new Map([
    [
      'app/Chart.yaml',
      'name: app\nappVersion: 1.10\nannotations:\n  artifacthub.io/images: |\n    - name: x\n      image: quay.io/x/annotated:1\n',
    ],
    [
      'app/values.yaml',
      'image: {repository: quay.io/team/app, tag: ""}\nsidecar: {image: {registry: a.test, repository: s, tag: v2}}\ninit: {image: "busybox:1"}\nempty: {image: ""}\n',
    ],
    [
      'app/templates/web.yaml',
      'spec:\n  containers:\n    - image: "{{ .Values.image.repository }}:{{ .Chart.AppVersion }}"\n    - image: "nginx:1.27" # plain\n    - name: x\n      image: redis:7\n',
    ],
    ['app/crds/odd.yaml', 'image:\n  type: object\n'],
    ['app/charts/db/Chart.yaml', 'name: db\nappVersion: "16"\n'],
    ['app/charts/db/values.yaml', 'image: {repository: postgres}\n'],
    ['app/README.md', 'image: not/this:1\n'],
  ]);
  expect(findChartImages(files)).toEqual({
    images: ['quay.io/x/annotated:1', 'quay.io/team/app:1.10', 'a.test/s:v2', 'busybox:1'].concat([
      'nginx:1.27',
      'redis:7',
      'postgres:16',
    ]),
    templated: 1,
  });
});

it('finds nothing in files that are not YAML', () => {
  const files = new Map([
    ['app/values.yaml', 'image: [\n'],
    ['app/Chart.yaml', ''],
  ]);
  expect(findChartImages(files)).toEqual({ images: [], templated: 0 });
});
