import { formatIssue, unwrap } from '@registry-cache/domain';
import type { ImageList, ListEntry } from '../list.ts';
import { parseList } from '../parse-list.ts';

export function read(text: string): ImageList {
  return unwrap(parseList('list', text));
}

/** The issues of a list that is refused, a line for each. */
export function issuesOf(text: string): readonly string[] {
  const parsed = parseList('list', text);
  return parsed.ok ? [] : parsed.issues.map(formatIssue);
}

/** What an entry names, of a repository with these tags. */
export function namesOf(entry: ListEntry, tags: readonly string[] = []): readonly string[] {
  if ('reference' in entry) return [entry.reference];
  return entry.choose(tags).map((tag) => `${entry.name}:${tag}`);
}

export function notesOf({ notes }: ImageList): readonly string[] {
  return notes.map(({ path, text }) => `${path} ${text}`);
}
