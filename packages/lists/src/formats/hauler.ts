import { quoteFound } from '@registry-cache/domain';
import type { ListDraft } from '../list.ts';
import { noteKeys, readList, readMap, readText, type YamlMap } from '../read/node.ts';
import { addChart } from './chart.ts';

/** Source: hauler, pkg/apis/hauler.cattle.io/v1; its documents, "Hauler Manifests". */
const API = 'content.hauler.cattle.io/';
const DOCUMENT_KEYS = { used: ['apiVersion', 'kind', 'metadata', 'spec'], unused: [] };
const IMAGE_KEYS = {
  used: ['name', 'platform'],
  unused: ['key', 'use-tlog-verify', 'rewrite', 'certificate-identity', 'exclude-extras']
    .concat(['certificate-identity-regexp', 'certificate-oidc-issuer'])
    .concat(['certificate-oidc-issuer-regexp', 'certificate-github-workflow-repository']),
};
const CHART_KEYS = {
  used: ['name', 'repoURL', 'version', 'add-images'],
  unused: ['rewrite', 'valuesFiles', 'values', 'platform', 'add-dependencies', 'exclude-extras']
    .concat(['verify', 'keyring', 'usernameEnv', 'passwordEnv', 'passCredentialsAll'])
    .concat(['certFile', 'keyFile', 'caFile', 'insecureSkipTLSVerify', 'plainHTTP']),
};
const ANNOTATIONS = { used: ['hauler.dev/platform', 'hauler.dev/registry'], unused: [] };

export function isHauler({ apiVersion }: YamlMap): boolean {
  return typeof apiVersion === 'string' && apiVersion.startsWith(API);
}

export function parseHauler(draft: ListDraft, document: YamlMap): void {
  noteKeys(draft, '', document, DOCUMENT_KEYS);
  const kind = readText(draft, 'kind', document.kind);
  const spec = readMap(draft, 'spec', document.spec);
  if (kind === 'Images') parseImages(draft, document, spec);
  else if (kind === 'Charts') parseCharts(draft, spec);
  else draft.note(`kind ${quoteFound(kind)}`, 'is no kind with images, not followed');
}

function parseImages(draft: ListDraft, document: YamlMap, spec: YamlMap): void {
  noteKeys(draft, 'spec', spec, { used: ['images'], unused: [] });
  const metadata = readMap(draft, 'metadata', document.metadata);
  const annotations = readMap(draft, 'metadata.annotations', metadata.annotations);
  noteHaulerAnnotations(draft, annotations);
  const read = (name: string) => readText(draft, `metadata.annotations.${name}`, annotations[name]);
  const registry = read('hauler.dev/registry');
  const commonPlatform = read('hauler.dev/platform');
  for (const [index, node] of readList(draft, 'spec.images', spec.images).entries()) {
    const path = `spec.images[${index}]`;
    const image = readMap(draft, path, node);
    noteKeys(draft, path, image, IMAGE_KEYS);
    const platform = readText(draft, `${path}.platform`, image.platform) || commonPlatform;
    const reference = inRegistry(readText(draft, `${path}.name`, image.name), registry);
    const platforms = platform === '' ? [] : [platform];
    draft.entries.push({ path, kind: 'image', platforms, reference });
  }
}

function noteHaulerAnnotations(draft: ListDraft, annotations: YamlMap): void {
  const own = Object.entries(annotations).filter(([name]) => name.startsWith('hauler.dev/'));
  const unused = own.map(([name]) => name).filter((name) => !ANNOTATIONS.used.includes(name));
  const path = 'metadata.annotations';
  noteKeys(draft, path, Object.fromEntries(own), { ...ANNOTATIONS, unused });
}

/** The annotation's registry is for names without one. */
function inRegistry(name: string, registry: string): string {
  const [first = '', ...rest] = name.split('/');
  const isNamed = rest.length > 0 && /[.:]|^localhost$/.test(first);
  return registry === '' || isNamed ? name : `${registry}/${name}`;
}

function parseCharts(draft: ListDraft, spec: YamlMap): void {
  noteKeys(draft, 'spec', spec, { used: ['charts'], unused: [] });
  for (const [index, node] of readList(draft, 'spec.charts', spec.charts).entries()) {
    const path = `spec.charts[${index}]`;
    const chart = readMap(draft, path, node);
    noteKeys(draft, path, chart, CHART_KEYS);
    addChart(draft, path, {
      name: readText(draft, `${path}.name`, chart.name),
      repository: readText(draft, `${path}.repoURL`, chart.repoURL),
      version: readText(draft, `${path}.version`, chart.version),
      source: { apiVersion: `${API}v1`, kind: 'Charts', spec: { charts: [chart] } },
    });
  }
}
