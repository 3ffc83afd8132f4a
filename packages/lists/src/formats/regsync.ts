import { quoteFound } from '@registry-cache/domain';
import type { ListDraft } from '../list.ts';
import {
  noteKeys,
  readList,
  readMap,
  readText,
  readTexts,
  type YamlMap,
  type YamlNode,
} from '../read/node.ts';
import { compilePattern } from '../tags/go-pattern.ts';
import { compileRegsyncRange } from '../tags/regsync-range.ts';

/** Source: regclient, docs of regsync, "Configuration File"; cmd/regsync, ConfigSync. */
const DOCUMENT_KEYS = { used: ['version', 'sync'], unused: ['creds', 'defaults'] };
const ENTRY_KEYS = {
  used: ['source', 'type', 'tags', 'tagSets', 'platform', 'platforms'],
  unused: ['target', 'digestTags', 'referrers', 'referrerFilters', 'referrerSource']
    .concat(['referrerTarget', 'referrerSlow', 'fastCheck', 'fastCopy', 'forceRecursive'])
    .concat(['includeExternal', 'backup', 'interval', 'schedule', 'ratelimit', 'mediaTypes'])
    .concat(['hooks', 'repos']),
};
const TAGS_KEYS = { used: ['allow', 'deny', 'semverRange'], unused: [] };

export function isRegsync(document: YamlMap): boolean {
  return Array.isArray(document.sync);
}

export function parseRegsync(draft: ListDraft, document: YamlMap): void {
  // `x-…` keys hold anchors, which are read where they are used.
  const { known } = splitExtensions(document);
  noteKeys(draft, '', known, DOCUMENT_KEYS);
  for (const [index, node] of readList(draft, 'sync', document.sync).entries()) {
    const path = `sync[${index}]`;
    const entry = readMap(draft, path, node);
    noteKeys(draft, path, entry, ENTRY_KEYS);
    parseEntry(draft, path, entry);
  }
}

function splitExtensions(document: YamlMap): { readonly known: YamlMap } {
  const known = Object.entries(document).filter(([key]) => !key.startsWith('x-'));
  return { known: Object.fromEntries(known) };
}

function parseEntry(draft: ListDraft, path: string, entry: YamlMap): void {
  const source = readText(draft, `${path}.source`, entry.source);
  const type = readText(draft, `${path}.type`, entry.type);
  const platforms = [
    ...readTexts(draft, `${path}.platform`, entry.platform),
    ...readTexts(draft, `${path}.platforms`, entry.platforms),
  ];
  const common = { path, kind: 'image', platforms } as const;
  if (source.includes('{{')) {
    draft.note(`${path}.source`, 'is a template, not followed');
  } else if (type === 'image') {
    draft.entries.push({ ...common, reference: source });
  } else if (type === 'repository') {
    const choose = parseTags(draft, path, entry);
    draft.entries.push({ ...common, name: source, choose, source: { sync: [entry] } });
  } else if (type === 'registry') {
    draft.note(`${path}.type`, 'the repositories of a registry are not listed, not followed');
  } else {
    const accepted = 'image, repository or registry';
    draft.issues.push({ path: `${path}.type`, found: quoteFound(type), accepted });
  }
}

type Choose = (tags: readonly string[]) => readonly string[];

/** Each set chooses by itself. Without a set, every tag is chosen. */
function parseTags(draft: ListDraft, path: string, entry: YamlMap): Choose {
  const sets = readList(draft, `${path}.tagSets`, entry.tagSets);
  const hasTags = entry.tags !== undefined || sets.length === 0;
  const chosen = [
    ...(hasTags ? [parseSet(draft, `${path}.tags`, entry.tags)] : []),
    ...sets.map((set, index) => parseSet(draft, `${path}.tagSets[${index}]`, set)),
  ];
  return (tags) => {
    const wanted = new Set(chosen.flatMap((choose) => choose(tags)));
    return tags.filter((tag) => wanted.has(tag));
  };
}

function parseSet(draft: ListDraft, path: string, node: YamlNode | undefined): Choose {
  const set = readMap(draft, path, node);
  noteKeys(draft, path, set, TAGS_KEYS);
  const patternsOf = (key: string) =>
    compileAll(draft, `${path}.${key}`, set[key], (text) => compilePattern(`^${text}$`), PATTERN);
  const ranges = compileAll(
    draft,
    `${path}.semverRange`,
    set.semverRange,
    compileRegsyncRange,
    'a range of versions, such as >=1.0.0 <2.0.0',
  );
  const [allow, deny] = [patternsOf('allow'), patternsOf('deny')];
  const isAny = (tests: readonly Test[], tag: string) => tests.some((test) => test(tag));
  return (tags) =>
    tags
      .filter((tag) => ranges.length === 0 || isAny(ranges, tag))
      .filter((tag) => allow.length === 0 || isAny(allow, tag))
      .filter((tag) => !isAny(deny, tag));
}

type Test = (tag: string) => boolean;

const PATTERN = 'an expression of Go, such as v1\\.\\d+';

function compileAll(
  draft: ListDraft,
  path: string,
  node: YamlNode | undefined,
  compile: (text: string) => Test | undefined,
  accepted: string,
): readonly Test[] {
  return readTexts(draft, path, node).flatMap((text) => {
    const test = text === '' ? undefined : compile(text);
    if (test === undefined && text !== '') {
      draft.issues.push({ path, found: quoteFound(text), accepted });
    }
    return test ?? [];
  });
}
