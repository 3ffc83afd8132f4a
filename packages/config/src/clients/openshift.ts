import { quoteShell, quoteYaml } from '../escape/escape.ts';
import { formatHeredoc } from './script.ts';
import { type ClientPlan, type ClientSetup, MARK_LINE } from './setup.ts';

/** The name of each object that is made. */
const NAME = 'registry-cache';
/** Stands in the script for the ConfigMap's key, which depends on the address of the request. */
const CA_KEY = '@CA_KEY@';

/**
 * OpenShift 4.13 or newer: mirror sets by digest and by tag, and the trust of the cache. Source:
 * config.openshift.io/v1.
 */
export function planOpenshift(setup: ClientSetup): ClientPlan {
  // A key of a ConfigMap holds no colon, so the operator of images reads two dots as one.
  const objects = renderObjects(setup, setup.address.replace(':', '..'));
  const files = Object.entries(objects).map(([name, yaml]) => {
    return { path: `/${name}.yaml`, content: `${MARK_LINE}${yaml}`, mode: 0o644 };
  });
  return { files, notes: [APPLY, ...buildNotes(setup)], isYaml: true };
}

/** A script for a machine where `oc` is logged in to the cluster, as its administrator. */
export function renderOpenshiftScript(setup: ClientSetup): string {
  const yaml = Object.values(renderObjects(setup, CA_KEY)).join('---\n');
  const notes = buildNotes(setup).map((note) => `  echo ${quoteShell(`then: ${note}`)}\n`);
  return `#!/bin/sh
${MARK_LINE}# Makes the nodes of an OpenShift cluster pull through ${setup.address}. oc must be logged in as an
# administrator. What somebody else has set is not changed: oc names it, and fails.
set -eu

apply() {
  sed "s/${CA_KEY}/$key/" | oc apply --server-side --filename=-
}

main() {
  key=$(printf %s ${quoteShell(setup.address)} | sed 's/:/../')
  apply ${formatHeredoc(yaml, 'END_OF_YAML')}
${notes.join('')}}

# At the end, so that half a script does nothing.
main
`;
}

function renderObjects(setup: ClientSetup, caKey: string): Readonly<Record<string, string>> {
  return {
    'image-digest-mirror-set': renderMirrorSet(setup, 'ImageDigestMirrorSet', 'imageDigestMirrors'),
    'image-tag-mirror-set': renderMirrorSet(setup, 'ImageTagMirrorSet', 'imageTagMirrors'),
    'trusted-ca': `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${NAME}
  namespace: openshift-config
data:
  ${quoteYaml(caKey)}: |
${setup.ca.trimEnd().replace(/^/gm, '    ')}
`,
    'image-config': `apiVersion: config.openshift.io/v1
kind: Image
metadata:
  name: cluster
spec:
  additionalTrustedCA:
    name: ${NAME}
`,
  };
}

/**
 * Both sets name the same sources with the same policies, as OpenShift demands. Where the cache asks
 * no registry, the nodes would ask it in vain.
 */
function renderMirrorSet({ address, registries }: ClientSetup, kind: string, list: string): string {
  const mirrors = registries.map(
    ({ key, prefix, isOffline }) => `    - source: ${quoteYaml(key)}
      mirrors:
        - ${quoteYaml(`${address}/${prefix}`)}
      mirrorSourcePolicy: ${isOffline ? 'NeverContactSource' : 'AllowContactingSource'}
`,
  );
  return `apiVersion: config.openshift.io/v1
kind: ${kind}
metadata:
  name: ${NAME}
spec:
  ${list}:${mirrors.length === 0 ? ' []' : ''}
${mirrors.join('')}`;
}

const APPLY = 'oc apply --server-side --filename=- takes all of it, or =FOLDER after --out FOLDER';

function buildNotes({ address, hasLogin }: ClientSetup): string[] {
  const login =
    `put the login of ${address} into the global pull secret: ` +
    'oc extract secret/pull-secret --namespace=openshift-config --to=. && ' +
    `oc registry login --registry=${address} --auth-basic=USER:PASSWORD --to=.dockerconfigjson && ` +
    'oc set data secret/pull-secret --namespace=openshift-config --from-file=.dockerconfigjson';
  return [
    'oc wait machineconfigpool --all --for=condition=Updated --timeout=1h, since nodes take it over one by one',
    ...(hasLogin ? [login] : []),
  ];
}
