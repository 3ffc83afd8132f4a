import { quoteFound } from '@registry-cache/domain';
import type { ListDraft } from '../list.ts';

/** The lines that name something, with their numbers. */
function listLines(text: string): readonly { readonly number: number; readonly line: string }[] {
  return text
    .split(/\r?\n/)
    .map((line, index) => ({ number: index + 1, line: line.replace(/(?:^|\s)#.*$/, '').trim() }))
    .filter(({ line }) => line !== '');
}

/** Whether each line is one word that YAML would not take for a key, an item or JSON. */
export function looksPlain(text: string): boolean {
  const lines = listLines(text);
  return lines.every(({ line }) => !/\s|:$|^[{[-]|^---$/.test(line));
}

/** One reference a line. `#` begins a comment. */
export function parsePlain(draft: ListDraft, text: string): void {
  for (const { number, line } of listLines(text)) {
    const path = `line ${number}`;
    if (/\s/.test(line)) {
      draft.issues.push({ path, found: quoteFound(line), accepted: 'one image a line' });
    } else draft.entries.push({ path, kind: 'image', platforms: [], reference: line });
  }
}
