import { describe, expect, it } from 'vitest';
import { parsePolicy } from './parse.ts';

const FILE = '/registry-cache.yaml';

describe('parsePolicy', () => {
  it('gives each upstream under its normal key', () => {
    const parsed = parsePolicy(
      FILE,
      'upstreams:\n  https://index.docker.io/v1/:\n    url: http://10.0.0.1:5000\n    aliases: [hub]\n',
    );
    expect(parsed.ok && [...parsed.value]).toEqual([
      ['docker.io', { url: 'http://10.0.0.1:5000', aliases: ['hub'] }],
    ]);
  });

  it('takes an empty file for no policy', () => {
    const parsed = parsePolicy(FILE, '\n# nothing yet\n');
    expect(parsed.ok && parsed.value.size).toBe(0);
  });

  it('reports all issues with their paths, unknown keys with those that are known', () => {
    const parsed = parsePolicy(
      FILE,
      'upstreams:\n  quay.io:\n    ulr: https://a\n    url: ftp://a\n    ca: relative.pem\nupstream: {}\n',
    );
    const issues = parsed.ok ? [] : parsed.issues;
    expect(issues.map(({ path, found }) => [path, found])).toEqual([
      [`${FILE} upstreams["quay.io"].url`, '"ftp://a"'],
      [`${FILE} upstreams["quay.io"].ca`, '"relative.pem"'],
      [`${FILE} upstreams["quay.io"].ulr`, 'a key that is not known'],
      [`${FILE} upstream`, 'a key that is not known'],
    ]);
    expect(issues[2]?.accepted).toBe('url, ca, aliases, connectionsPerBlob, prefetch');
    expect(issues[3]?.accepted).toBe('upstreams');
  });

  it.each(['upstreams: [', 'a: 1\na: 2', 'upstreams: 7', '- x', 'upstreams: {"a b": {}}'])(
    'refuses %j',
    (text) => {
      expect(parsePolicy(FILE, text).ok).toBe(false);
    },
  );
});
