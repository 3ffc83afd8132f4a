import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Document, readDocuments, readText } from './documents.ts';
import { ROOT } from './generate.ts';

const documents = readDocuments();

describe.each(documents)('$path', (document) => {
  it('links only to existing documents and headings', () => {
    expect(listLinks(document).filter((link) => !leadsSomewhere(document.path, link))).toEqual([]);
  });
});

it('every document can be reached from README.md by links', () => {
  const reached = new Set<string>();
  const visit = (path: string) => {
    if (reached.has(path)) return;
    reached.add(path);
    const document = documents.find((one) => one.path === path);
    if (document === undefined) return;
    for (const link of listLinks(document)) {
      visit(join(dirname(path), link.replace(/#.*/, '')));
    }
  };
  visit('README.md');
  const lonely = documents.map(({ path }) => path).filter((path) => !reached.has(path));
  expect(lonely, 'name them in the table "I want to…" of README.md').toEqual([]);
});

it('README.md stays below 150 lines', () => {
  expect(readText('README.md').split('\n').length).toBeLessThan(150);
});

function listLinks({ text }: Document): string[] {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => !/^[a-z]+:/.test(link));
}

function leadsSomewhere(from: string, link: string): boolean {
  const [file = '', anchor] = link.split('#');
  const path = file === '' ? from : join(dirname(from), file);
  if (!existsSync(join(ROOT, path))) return false;
  return anchor === undefined || listAnchors(readText(path)).includes(anchor);
}

/** The anchors that GitHub makes of the headings. */
function listAnchors(text: string): string[] {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
}
