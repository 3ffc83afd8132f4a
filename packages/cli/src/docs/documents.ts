import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './generate.ts';

/** One document, for the tests that check it. */
export interface Document {
  /** Relative to the root of the checkout: `docs/operating.md`. */
  readonly path: string;
  readonly text: string;
}

export interface CodeBlock {
  readonly path: string;
  /** The text after the opening fence: `sh`, `yaml policy`. */
  readonly info: string;
  readonly code: string;
}

export function readDocuments(): Document[] {
  const inRoot = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  const inDocs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name));
  const inPackages = readdirSync(join(ROOT, 'packages')).map((name) =>
    join('packages', name, 'README.md'),
  );
  return [...inRoot, ...inDocs, ...inPackages, 'deploy/pulumi/README.md']
    .sort()
    .map((path) => ({ path, text: readText(path) }));
}

/** All fenced blocks. Indented blocks are output and pictures. */
export function listCodeBlocks({ path, text }: Document): CodeBlock[] {
  const fences = text.matchAll(/^```([^\n]*)\n([\s\S]*?)^```$/gm);
  return [...fences].map(([, info = '', code = '']) => ({ path, info, code }));
}

/** All blocks and words that are formatted as code. */
export function listCode(document: Document): string[] {
  const prose = document.text.replace(/^```[\s\S]*?^```$/gm, '');
  const words = [...prose.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
  return [...words, ...listCodeBlocks(document).map(({ code }) => code)];
}

export function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}
