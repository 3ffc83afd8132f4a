import type { ListDraft } from '../list.ts';
import { isMap, type YamlMap, type YamlNode } from '../read/node.ts';

const VARIABLE = /\$\{[A-Za-z_]\w*(?::?-([^${}]*))?\}/g;

/**
 * Every `image:` of Kubernetes and compose files. Volumes of Kubernetes have the reference one level
 * below, and custom resources often have `repository` and `tag` there.
 */
export function parseAnyYaml(draft: ListDraft, document: YamlNode, path = ''): void {
  if (Array.isArray(document)) {
    for (const [index, one] of document.entries()) parseAnyYaml(draft, one, `${path}[${index}]`);
  } else if (isMap(document)) parseMap(draft, document, path);
}

function parseMap(draft: ListDraft, map: YamlMap, path: string): void {
  const platform = typeof map.platform === 'string' ? [map.platform] : [];
  for (const [key, value] of Object.entries(map)) {
    const place = path === '' ? key : `${path}.${key}`;
    const name = key === 'image' ? readImage(value) : undefined;
    if (name === undefined) parseAnyYaml(draft, value, place);
    else addImage(draft, place, name, platform);
  }
}

/** The image as one text; undefined for a mapping of another kind. */
function readImage(value: YamlNode): string | undefined {
  if (typeof value === 'string') return value;
  if (!isMap(value)) return undefined;
  const { reference, registry, repository, tag, digest } = value;
  if (typeof reference === 'string') return reference;
  if (typeof repository !== 'string' || repository === '') return undefined;
  const name = typeof registry === 'string' && registry ? `${registry}/${repository}` : repository;
  if (typeof digest === 'string' && digest !== '') return `${name}@${digest}`;
  return typeof tag === 'string' && tag !== '' ? `${name}:${tag}` : name;
}

/** Compose's `${NAME:-value}` is its value. */
function addImage(
  draft: ListDraft,
  path: string,
  text: string,
  platforms: readonly string[],
): void {
  const reference = text.replace(VARIABLE, (whole, value?: string) => value ?? whole).trim();
  if (reference === '') return;
  if (/\$|\{\{/.test(reference)) draft.note(path, 'needs a value from elsewhere, not followed');
  else draft.entries.push({ path, kind: 'image', platforms, reference });
}
