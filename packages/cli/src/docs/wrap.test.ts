import { expect, it } from 'vitest';
import { type Document, readDocuments } from './documents.ts';

const WIDTH = 100;

it.each(readDocuments())('$path is wrapped at 100 characters', (document) => {
  expect(listProse(document).filter((line) => line.length > WIDTH)).toEqual([]);
});

/** Lines that can be wrapped: not those of tables, code blocks and indented output. */
function listProse({ text }: Document): string[] {
  const withoutBlocks = text.replace(/^```[\s\S]*?^```$/gm, '');
  return withoutBlocks.split('\n').filter((line) => !/^(?:\| | {4})/.test(line));
}
