import { parseAllDocuments } from 'yaml';
import type { FarNode } from './far-node.ts';

/** As OpenShift's machine-config operator makes files for the nodes from the objects. */
export async function applyMirrorSets({ machine }: FarNode, yaml: string): Promise<void> {
  const objects = parseAllDocuments(yaml).map((document) => document.toJS());
  const find = (kind: string) => objects.find((object) => object.kind === kind);
  const [byDigest, byTag] = [
    find('ImageDigestMirrorSet').spec.imageDigestMirrors,
    find('ImageTagMirrorSet').spec.imageTagMirrors,
  ];
  const registries = byDigest.map(({ source, mirrors, mirrorSourcePolicy }: MirrorRule) => {
    const tagMirrors = byTag.find((rule: MirrorRule) => rule.source === source).mirrors;
    const mirror = (location: string, only: string) =>
      `[[registry.mirror]]\nlocation = "${location}"\npull-from-mirror = "${only}-only"\n`;
    return [
      `[[registry]]\nlocation = "${source}"\nblocked = ${mirrorSourcePolicy === 'NeverContactSource'}\n`,
      ...mirrors.map((location) => mirror(location, 'digest')),
      ...tagMirrors.map((location: string) => mirror(location, 'tag')),
    ].join('');
  });
  await machine.write('/etc/containers/registries.conf.d/99-openshift.conf', registries.join(''));
  for (const [key, pem] of Object.entries(find('ConfigMap').data)) {
    await machine.write(`/etc/containers/certs.d/${key.replace('..', ':')}/ca.crt`, String(pem));
  }
}

interface MirrorRule {
  readonly source: string;
  readonly mirrors: readonly string[];
  readonly mirrorSourcePolicy: string;
}
