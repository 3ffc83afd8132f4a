import { quoteFound } from '@registry-cache/domain';
import type { ListDraft } from '../list.ts';

/** YAML whose scalars are all text: the tag `1.10` is no number. */
export type YamlNode = string | readonly YamlNode[] | YamlMap;

export interface YamlMap {
  readonly [key: string]: YamlNode;
}

export function isMap(node: YamlNode | undefined): node is YamlMap {
  return typeof node === 'object' && !Array.isArray(node);
}

/** Nothing stands behind the key, or its value is null. */
function isNothing(node: YamlNode | undefined): node is undefined {
  return node === undefined || node === '' || node === '~' || node === 'null';
}

export function readText(draft: ListDraft, path: string, node: YamlNode | undefined): string {
  if (isNothing(node)) return '';
  if (typeof node === 'string') return node;
  draft.issues.push({ path, found: quoteFound(node), accepted: 'a text' });
  return '';
}

export function readList(
  draft: ListDraft,
  path: string,
  node: YamlNode | undefined,
): readonly YamlNode[] {
  if (isNothing(node)) return [];
  if (Array.isArray(node)) return node;
  draft.issues.push({ path, found: quoteFound(node), accepted: 'a list' });
  return [];
}

export function readMap(draft: ListDraft, path: string, node: YamlNode | undefined): YamlMap {
  if (isNothing(node)) return {};
  if (isMap(node)) return node;
  draft.issues.push({ path, found: quoteFound(node), accepted: 'a mapping' });
  return {};
}

/** A list of texts. One text alone counts as such a list. */
export function readTexts(
  draft: ListDraft,
  path: string,
  node: YamlNode | undefined,
): readonly string[] {
  if (typeof node === 'string' && !isNothing(node)) return [node];
  return readList(draft, path, node).map((one, index) => readText(draft, `${path}[${index}]`, one));
}

/** Keys of a mapping that are no part of what is fetched. */
export interface KnownKeys {
  readonly used: readonly string[];
  /** Known to the list's own tool, and without a use here. */
  readonly unused: readonly string[];
}

/** Tells every key that is not used. */
export function noteKeys(draft: ListDraft, path: string, map: YamlMap, known: KnownKeys): void {
  for (const key of Object.keys(map)) {
    if (known.used.includes(key)) continue;
    const text = known.unused.includes(key) ? 'has no use here' : 'unknown key, not followed';
    draft.note(path === '' ? key : `${path}.${key}`, text);
  }
}
