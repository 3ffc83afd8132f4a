import { accept, type Issue, type Parsed, quoteFound, reject } from '@registry-cache/domain';
import { parseAllDocuments } from 'yaml';
import { parseAnyYaml } from './formats/any-yaml.ts';
import { isHauler, parseHauler } from './formats/hauler.ts';
import { isOcMirror, parseOcMirror } from './formats/oc-mirror.ts';
import { looksPlain, parsePlain } from './formats/plain.ts';
import { isRegsync, parseRegsync } from './formats/regsync.ts';
import { isSkopeo, parseSkopeo } from './formats/skopeo.ts';
import type { ImageList, ListDraft, ListFormat, ListNote } from './list.ts';
import { isMap, type YamlMap, type YamlNode } from './read/node.ts';

interface FormatParser {
  readonly format: ListFormat;
  readonly isFor: (document: YamlMap) => boolean;
  readonly parse: (draft: ListDraft, document: YamlMap) => void;
}

/** The first that fits is taken. */
const PARSERS: readonly FormatParser[] = [
  { format: 'hauler', isFor: isHauler, parse: parseHauler },
  { format: 'oc-mirror', isFor: isOcMirror, parse: parseOcMirror },
  { format: 'regsync', isFor: isRegsync, parse: parseRegsync },
  { format: 'skopeo', isFor: isSkopeo, parse: parseSkopeo },
  { format: 'yaml', isFor: () => true, parse: parseAnyYaml },
];

const ACCEPTED =
  'a plain list, YAML of skopeo sync, regsync, hauler or oc-mirror, or YAML with image keys';

/**
 * Reads a list of images. Its format is told by its content, that of each YAML document by itself.
 * Values of credentials are in no issue and no note.
 * @param name of the list, for issues.
 */
export function parseList(name: string, text: string): Parsed<ImageList> {
  const notes = new Map<string, ListNote>();
  const draft: ListDraft = {
    entries: [],
    blocked: [],
    issues: [],
    note: (path, note) => {
      const key = `${path.slice(path.lastIndexOf('.') + 1).replace(/\[\d+\]/g, '')} ${note}`;
      if (!notes.has(key)) notes.set(key, { path, text: note });
    },
  };
  const formats = looksPlain(text) ? parseLines(draft, text) : parseYaml(draft, text);
  if (draft.entries.length === 0 && draft.issues.length === 0) {
    const told = [...notes.values()].map((one) => `${one.path} ${one.text}`);
    draft.issues.push({ path: '', found: ['no image', ...told].join('; '), accepted: ACCEPTED });
  }
  const issues = draft.issues.map((issue) => inList(name, issue));
  if (issues.length > 0) return reject(...issues);
  const { entries, blocked } = draft;
  return accept({ formats: [...new Set(formats)], entries, blocked, notes: [...notes.values()] });
}

function inList(name: string, issue: Issue): Issue {
  return { ...issue, path: issue.path === '' ? name : `${name} ${issue.path}` };
}

function parseLines(draft: ListDraft, text: string): readonly ListFormat[] {
  parsePlain(draft, text);
  return ['plain'];
}

/** In YAML's failsafe schema every scalar is a text. */
function parseYaml(draft: ListDraft, text: string): readonly ListFormat[] {
  const documents = [...parseAllDocuments(text, { schema: 'failsafe', merge: true })];
  const [error] = documents.flatMap(({ errors }) => errors);
  if (error !== undefined) {
    const [line = ''] = error.message.split('\n');
    draft.issues.push({ path: '', found: line.replace(/:$/, ''), accepted: ACCEPTED });
    return [];
  }
  return documents.flatMap((document) => {
    const node = toNode(draft, document);
    if (!isMap(node)) return parseOther(draft, node);
    const parser = PARSERS.find(({ isFor }) => isFor(node));
    parser?.parse(draft, node);
    return parser?.format ?? [];
  });
}

/** Undefined for an empty document. Aliases that grow without bound are an issue. */
function toNode(draft: ListDraft, document: { toJS(): unknown }): YamlNode | undefined {
  try {
    return (document.toJS() as YamlNode | null) ?? undefined;
  } catch (error) {
    const found = error instanceof Error ? error.message : quoteFound(error);
    draft.issues.push({ path: '', found, accepted: ACCEPTED });
    return undefined;
  }
}

function parseOther(draft: ListDraft, node: YamlNode | undefined): readonly ListFormat[] {
  if (node === undefined || node === '') return [];
  if (Array.isArray(node)) {
    parseAnyYaml(draft, node);
    return ['yaml'];
  }
  draft.issues.push({ path: '', found: quoteFound(node), accepted: ACCEPTED });
  return [];
}
