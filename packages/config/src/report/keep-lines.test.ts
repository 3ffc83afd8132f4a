import { createLogger } from '@registry-cache/runtime';
import { expect, it } from 'vitest';
import { keepLines } from './keep-lines.ts';

it.each(['json', 'text'] as const)('lines of the format %s are kept as JSON', (format) => {
  const kept: string[] = [];
  const written: string[] = [];
  const output = keepLines(kept, (line) => void written.push(line));
  createLogger('config', 'info', format, output).info({ https: ':8443' }, 'listens');
  expect(written).toHaveLength(1);
  expect(kept.every((line) => line.endsWith('\n'))).toBe(true);
  const [event] = kept.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(event).toMatchObject({ program: 'config' });
  expect(event?.msg).toContain('listens');
});
