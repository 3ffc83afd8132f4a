import { parseAllDocuments } from 'yaml';
import { parseAnyYaml } from '../formats/any-yaml.ts';
import type { ListEntry } from '../list.ts';
import { isMap, type YamlMap, type YamlNode } from '../read/node.ts';

/** What can be told of a chart's images without helm's engine. */
export interface ChartImages {
  /** References, each once. */
  readonly images: readonly string[];
  /** `image:` lines of templates whose value only the engine can tell. */
  readonly templated: number;
}

const IMAGE_LINE = /^\s*(?:-\s+)?image:\s*(.+?)\s*$/gm;
const ANNOTATIONS = ['artifacthub.io/images', 'helm.sh/images'];

/**
 * Finds images in the files of a chart and its subcharts: in annotations of `Chart.yaml`, in
 * `values.yaml`, where a missing tag is the chart's `appVersion`, and as plain text in templates and
 * CRDs. Source: helm, "Charts"; Artifact Hub, "Helm annotations".
 * @param files by their paths in the archive, such as `app/templates/web.yaml`.
 */
export function findChartImages(files: ReadonlyMap<string, string>): ChartImages {
  const images = new Set<string>();
  let templated = 0;
  for (const [path, text] of files) {
    if (path.endsWith('/Chart.yaml')) addAll(images, findAnnotated(readYaml(text)));
    else if (path.endsWith('/values.yaml')) {
      const chart = readYaml(files.get(path.replace(/values\.yaml$/, 'Chart.yaml')) ?? '');
      const appVersion = typeof chart.appVersion === 'string' ? chart.appVersion : '';
      addAll(images, findInValues(readYaml(text), appVersion));
    } else if (/\/(?:templates|crds)\/.*\.(?:ya?ml|tpl)$/.test(path)) {
      for (const [, value = ''] of text.matchAll(IMAGE_LINE)) {
        const name = value.replace(/\s+#.*$/, '').replace(/^(["'])(.*)\1$/, '$2');
        if (value.includes('{{')) templated += 1;
        else if (/^[\w.:/@-]+$/.test(name)) images.add(name);
      }
    }
  }
  return { images: [...images], templated };
}

function addAll(images: Set<string>, names: readonly string[]): void {
  for (const name of names) images.add(name);
}

/** The first document; nothing for text that is not YAML. */
function readYaml(text: string): YamlMap {
  const [document] = [...parseAllDocuments(text, { schema: 'failsafe', merge: true })];
  if (document === undefined || !('toJS' in document) || document.errors.length > 0) return {};
  try {
    const node = document.toJS() as YamlNode | null;
    return node !== null && isMap(node) ? node : {};
  } catch {
    return {};
  }
}

function findAnnotated({ annotations }: YamlMap): readonly string[] {
  if (!isMap(annotations)) return [];
  return ANNOTATIONS.flatMap((name) => {
    const text = annotations[name];
    return typeof text === 'string' ? collect(readYaml(`images:\n${indent(text)}`)) : [];
  });
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}

function findInValues(values: YamlMap, appVersion: string): readonly string[] {
  return collect(values).map((name) => {
    const last = name.slice(name.lastIndexOf('/') + 1);
    return /[:@]/.test(last) || appVersion === '' ? name : `${name}:${appVersion}`;
  });
}

function collect(node: YamlNode): readonly string[] {
  const entries: ListEntry[] = [];
  parseAnyYaml({ entries, blocked: [], issues: [], note: () => {} }, node);
  return entries.flatMap((entry) => ('reference' in entry ? [entry.reference] : []));
}
