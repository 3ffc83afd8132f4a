import type { ListDraft } from '../list.ts';
import {
  isMap,
  noteKeys,
  readList,
  readMap,
  readText,
  type YamlMap,
  type YamlNode,
} from '../read/node.ts';
import { addChart } from './chart.ts';

/** Source: oc-mirror, v2/internal/pkg/api/v2alpha1/type_config.go. */
const DOCUMENT_KEYS = {
  used: ['apiVersion', 'kind', 'mirror'],
  unused: ['archiveSize', 'storageConfig', 'metadata'],
};
const MIRROR_KEYS = { used: ['additionalImages', 'blockedImages', 'helm'], unused: [] };
const NOT_READ: Readonly<Record<string, string>> = {
  platform: 'release graphs are not read, not followed',
  operators: 'operator catalogs are not read, not followed',
  samples: 'samples are not read, not followed',
};
const IMAGE_KEYS = { used: ['name'], unused: ['targetRepo', 'targetTag'] };
const CHART_KEYS = { used: ['name', 'version'], unused: ['path', 'imagePaths', 'values'] };
const KIND = 'ImageSetConfiguration';

export function isOcMirror({ kind }: YamlMap): boolean {
  return kind === KIND;
}

export function parseOcMirror(draft: ListDraft, document: YamlMap): void {
  noteKeys(draft, '', document, DOCUMENT_KEYS);
  const mirror = readMap(draft, 'mirror', document.mirror);
  const notRead = Object.keys(mirror).filter((key) => key in NOT_READ);
  for (const key of notRead) draft.note(`mirror.${key}`, NOT_READ[key] ?? '');
  noteKeys(draft, 'mirror', mirror, {
    ...MIRROR_KEYS,
    used: [...MIRROR_KEYS.used, ...notRead],
  });
  for (const { path, name } of readNames(
    draft,
    'mirror.additionalImages',
    mirror.additionalImages,
  )) {
    draft.entries.push({ path, kind: 'image', platforms: [], reference: name });
  }
  for (const { path, name } of readNames(draft, 'mirror.blockedImages', mirror.blockedImages)) {
    const last = name.slice(name.lastIndexOf('/') + 1);
    const isWholeRepository = !/[:@]/.test(last);
    draft.blocked.push({ path, reference: name, isWholeRepository });
  }
  parseHelm(draft, document, readMap(draft, 'mirror.helm', mirror.helm));
}

/** Names of images: `- name: x`, and `- x` of old files. */
function readNames(
  draft: ListDraft,
  path: string,
  node: YamlNode | undefined,
): readonly { readonly path: string; readonly name: string }[] {
  return readList(draft, path, node).map((one, index) => {
    const place = `${path}[${index}]`;
    if (!isMap(one)) return { path: place, name: readText(draft, place, one) };
    noteKeys(draft, place, one, IMAGE_KEYS);
    return { path: place, name: readText(draft, `${place}.name`, one.name) };
  });
}

function parseHelm(draft: ListDraft, { apiVersion = '' }: YamlMap, helm: YamlMap): void {
  noteKeys(draft, 'mirror.helm', helm, { used: ['repositories'], unused: ['local'] });
  const root = 'mirror.helm.repositories';
  for (const [index, node] of readList(draft, root, helm.repositories).entries()) {
    const repository = readMap(draft, `${root}[${index}]`, node);
    noteKeys(draft, `${root}[${index}]`, repository, {
      used: ['name', 'url', 'charts'],
      unused: [],
    });
    const url = readText(draft, `${root}[${index}].url`, repository.url);
    const charts = `${root}[${index}].charts`;
    for (const [position, one] of readList(draft, charts, repository.charts).entries()) {
      const path = `${charts}[${position}]`;
      const chart = readMap(draft, path, one);
      noteKeys(draft, path, chart, CHART_KEYS);
      addChart(draft, path, {
        name: readText(draft, `${path}.name`, chart.name),
        repository: url,
        version: readText(draft, `${path}.version`, chart.version),
        source: {
          apiVersion,
          kind: KIND,
          mirror: { helm: { repositories: [{ ...repository, charts: [chart] }] } },
        },
      });
    }
  }
}
