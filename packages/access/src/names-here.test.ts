import { describe, expect, it } from 'vitest';
import { formatImagePattern, parseImagePattern } from './image-pattern.ts';
import { nameImage, namePattern } from './names-here.ts';

const NAMES = {
  aliases: { 'index.docker.io': 'docker.io', hub: 'docker.io' },
  library: ['docker.io'],
};

function named(text: string): string[] {
  const parsed = parseImagePattern('images', text);
  if (!parsed.ok) throw new Error(parsed.issues[0]?.accepted);
  return namePattern(parsed.value, NAMES).map(formatImagePattern);
}

describe('the names of images here', () => {
  it.each([
    ['docker.io/redis:7', 'docker.io/library/redis:7'],
    ['docker.io/*', 'docker.io/library/*'],
    ['docker.io/**', 'docker.io/**'],
    ['index.docker.io/redis', 'docker.io/library/redis'],
    ['quay.io/redis', 'quay.io/redis'],
    ['*.io/redis', '*.io/redis', 'docker.io/library/redis'],
    ['*/redis:7', '*/redis:7', 'docker.io/library/redis:7'],
    ['d*.io/*', 'd*.io/*', 'docker.io/library/*'],
    ['*.io/team/redis', '*.io/team/redis'],
    ['*.io/**', '*.io/**'],
    ['q*.io/redis', 'q*.io/redis'],
    ['h*b/redis:7', 'h*b/redis:7', 'docker.io/library/redis:7'],
    ['*.docker.io/**', '*.docker.io/**', 'docker.io/**'],
  ])('%s is named %s here', (text, ...names) => {
    expect(named(text)).toEqual(names);
  });

  it('are found for an image as a client names it', () => {
    expect(nameImage('hub/redis', NAMES)).toBe('docker.io/library/redis');
    expect(nameImage('index.docker.io/a/b', NAMES)).toBe('docker.io/a/b');
    expect(nameImage('quay.io/redis', NAMES)).toBe('quay.io/redis');
  });
});
