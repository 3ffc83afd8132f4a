import { spawnSync } from 'node:child_process';
import { parsePolicy } from '@registry-cache/config';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { listCodeBlocks, readDocuments } from './documents.ts';

const blocks = readDocuments().flatMap(listCodeBlocks);
const blocksOf = (language: string) =>
  blocks.filter(({ info }) => info.split(' ')[0] === language).map((block) => ({ ...block }));

describe('code blocks', () => {
  it('have a language that is checked, or are plain output', () => {
    // A word behind `yaml policy` names one policy for a test.
    const languages = new Set(blocks.map(({ info }) => info.replace(/^(yaml policy) .*/, '$1')));
    expect([...languages].sort()).toEqual(['', 'json', 'sh', 'toml', 'yaml', 'yaml policy']);
  });

  it.each(blocksOf('sh'))('are valid shell: $path', ({ code }) => {
    const { status, stderr } = spawnSync('bash', ['-n'], { input: code, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  it.each(blocksOf('json'))('are valid JSON: $path', ({ code }) => {
    expect(() => JSON.parse(code)).not.toThrow();
  });

  it.each(blocksOf('yaml'))('are valid YAML: $path', ({ info, code }) => {
    expect(parseDocument(code).errors).toEqual([]);
    if (info.startsWith('yaml policy'))
      expect(parsePolicy('example', code)).toMatchObject({ ok: true });
  });
});
