import { expect, it } from 'vitest';
import { namesOf, notesOf, read } from '../testing/read.ts';

/** After the documents of OpenShift, "ImageSet configuration parameters for oc-mirror plugin v2". */
const DOCUMENTED = `
kind: ImageSetConfiguration
apiVersion: mirror.openshift.io/v2alpha1
archiveSize: 4
mirror:
  platform:
    channels: [{name: stable-4.16, minVersion: 4.16.0}]
  operators:
    - catalog: registry.redhat.io/redhat/redhat-operator-index:v4.16
  additionalImages:
    - name: registry.redhat.io/ubi8/ubi:latest
    - name: registry.redhat.io/ubi9/ubi@sha256:${'2'.repeat(64)}
  blockedImages:
    - name: docker.io/library/alpine
    - name: registry.redhat.io:443/ubi8/ubi:old
  helm:
    repositories:
      - name: podinfo
        url: oci://ghcr.io/stefanprodan/charts
        charts: [{name: podinfo, version: 5.0.0}]
    local: [{name: podinfo, path: /test/podinfo-5.0.0.tar.gz}]
  later: 1
`;

it('reads additional images, blocked images and OCI charts, and tells the rest', () => {
  const list = read(DOCUMENTED);
  expect(list.entries.map((one) => `${one.kind} ${namesOf(one)}`)).toEqual([
    'image registry.redhat.io/ubi8/ubi:latest',
    `image registry.redhat.io/ubi9/ubi@sha256:${'2'.repeat(64)}`,
    'chart ghcr.io/stefanprodan/charts/podinfo:5.0.0',
  ]);
  expect(list.blocked).toEqual([
    {
      path: 'mirror.blockedImages[0]',
      reference: 'docker.io/library/alpine',
      isWholeRepository: true,
    },
    {
      path: 'mirror.blockedImages[1]',
      reference: 'registry.redhat.io:443/ubi8/ubi:old',
      isWholeRepository: false,
    },
  ]);
  expect(notesOf(list)).toEqual([
    'archiveSize has no use here',
    'mirror.platform release graphs are not read, not followed',
    'mirror.operators operator catalogs are not read, not followed',
    'mirror.later unknown key, not followed',
    'mirror.helm.local has no use here',
  ]);
});
