import { expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { readText } from './documents.ts';

const HEADINGS = [...readText('CHANGELOG.md').matchAll(/^## (.*)$/gm)].map(([, text]) => text);

it('the changelog begins with unreleased changes, then the version of the packages', () => {
  const [first, newest = ''] = HEADINGS;
  expect(first).toBe('Unreleased');
  expect(newest).toMatch(/^\d+\.\d+\.\d+ – \d{4}-\d\d-\d\d$/);
  expect(newest.split(' ')[0]).toBe(manifest.version);
});
