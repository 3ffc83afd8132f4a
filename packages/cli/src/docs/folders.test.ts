import { globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, it } from 'vitest';

const PACKAGES = join(import.meta.dirname, '../../..');

type Graph = ReadonlyMap<string, ReadonlySet<string>>;

it.each(readdirSync(PACKAGES))('the folders of %s import each other in one direction', (name) => {
  expect(findCircle(readFolders(join(PACKAGES, name, 'src')))).toEqual([]);
});

it('finds a circle of folders', () => {
  const graph: Graph = new Map([
    ['a', new Set(['b'])],
    ['b', new Set(['c'])],
    ['c', new Set(['b'])],
  ]);
  expect(findCircle(graph)).toEqual(['b', 'c', 'b']);
});

/** Folders right below `src`, and single files there, to those that they import. Tests are left out. */
function readFolders(src: string): Graph {
  const graph = new Map<string, Set<string>>();
  const files = globSync('**/*.{ts,tsx}', { cwd: src }).filter(
    (path) => !path.endsWith('.test.ts'),
  );
  for (const file of files) {
    const from = folderOf(file);
    const text = readFileSync(join(src, file), 'utf8');
    const imported = graph.get(from) ?? new Set();
    for (const [, path = ''] of text.matchAll(/\b(?:from|import)\s*\(?\s*'(\.[^']+)'/g)) {
      const to = folderOf(relative(src, join(src, dirname(file), path)));
      if (to !== from) imported.add(to);
    }
    graph.set(from, imported);
  }
  return graph;
}

function folderOf(file: string): string {
  return file.split('/')[0] ?? file;
}

/** The first circle, from a folder back to itself; empty for none. */
function findCircle(graph: Graph): readonly string[] {
  const done = new Set<string>();
  const visit = (node: string, path: readonly string[]): readonly string[] => {
    const start = path.indexOf(node);
    if (start >= 0) return [...path.slice(start), node];
    if (done.has(node)) return [];
    done.add(node);
    for (const next of graph.get(node) ?? []) {
      const circle = visit(next, [...path, node]);
      if (circle.length > 0) return circle;
    }
    return [];
  };
  for (const node of graph.keys()) {
    const circle = visit(node, []);
    if (circle.length > 0) return circle;
  }
  return [];
}
