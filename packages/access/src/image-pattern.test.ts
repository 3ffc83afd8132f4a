import { describe, expect, it } from 'vitest';
import { parseImagePattern } from './image-pattern.ts';

describe('an image pattern', () => {
  it.each([
    ['docker.io/library/redis', ['docker.io', 'library', 'redis'], undefined],
    ['ghcr.io/org/app:v*', ['ghcr.io', 'org', 'app'], 'v*'],
    ['localhost:5000/app', ['localhost:5000', 'app'], undefined],
    ['localhost:5000/app:1', ['localhost:5000', 'app'], '1'],
    ['**', ['**'], undefined],
    ['**:latest', ['**'], 'latest'],
    ['*.io/team/**', ['*.io', 'team', '**'], undefined],
    ['Quay.IO/a', ['quay.io', 'a'], undefined],
    ['[::1]:5000/a', ['[::1]:5000', 'a'], undefined],
  ])('%s', (text, parts, tag) => {
    expect(parseImagePattern('images', text)).toEqual({ ok: true, value: { parts, tag } });
  });

  it.each([
    '',
    'quay.io',
    '*',
    'quay.io/',
    'quay.io//a',
    'quay.io/A',
    'quay.io/a:',
    'quay.io/a:v/1',
    'quay.io/a@sha256:00',
    'quay.io/***',
    'quay.io/a b',
    `quay.io/${'a'.repeat(600)}`,
  ])('refuses %s', (text) => {
    const parsed = parseImagePattern('access.rules[0].images[0]', text);
    expect(parsed.ok ? undefined : parsed.issues[0]?.path).toBe('access.rules[0].images[0]');
  });
});
