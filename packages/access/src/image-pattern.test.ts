import { describe, expect, it } from 'vitest';
import { formatImagePattern, namesAsHere, parseImagePattern } from './image-pattern.ts';

const NAMES = {
  aliases: { 'index.docker.io': 'docker.io', hub: 'docker.io' },
  library: ['docker.io'],
};

function named(text: string): string[] {
  const parsed = parseImagePattern('images', text);
  if (!parsed.ok) throw new Error(parsed.issues[0]?.accepted);
  return namesAsHere(parsed.value, NAMES).map(formatImagePattern);
}

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

  it.each([
    ['docker.io/redis:7', 'docker.io/library/redis:7'],
    ['docker.io/*', 'docker.io/library/*'],
    ['docker.io/**', 'docker.io/**'],
    ['index.docker.io/redis', 'docker.io/library/redis'],
    ['quay.io/redis', 'quay.io/redis'],
    ['*.io/redis', '*.io/redis'],
    ['h*b/redis:7', 'h*b/redis:7', 'docker.io/library/redis:7'],
    ['*.docker.io/**', '*.docker.io/**', 'docker.io/**'],
  ])('%s is named %s here', (text, ...names) => {
    expect(named(text)).toEqual(names);
  });
});
