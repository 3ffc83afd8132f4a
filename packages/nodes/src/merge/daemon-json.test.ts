import { describe, expect, it } from 'vitest';
import { mergeDaemon, stripMirrors } from './daemon-json.ts';

const URL = 'https://localhost:30026';
const OURS = `${JSON.stringify({ 'registry-mirrors': [URL] }, undefined, 2)}\n`;
const THEIRS = `{
    "log-driver": "journald",
    "registry-mirrors": ["https://a.example.com", "https://b.example.com"],
    "debug": false
}`;

describe("docker's daemon.json", () => {
  it('is that of the set-up where the node has none', () => {
    expect(mergeDaemon(undefined, OURS)).toBe(OURS);
  });

  it('keeps its keys and mirrors in their order, behind the cache', () => {
    const merged = mergeDaemon(THEIRS, OURS);
    expect(Object.entries(JSON.parse(merged))).toEqual([
      ['log-driver', 'journald'],
      ['registry-mirrors', [URL, 'https://a.example.com', 'https://b.example.com']],
      ['debug', false],
    ]);
    expect(merged).toContain('\n    "log-driver"');
  });

  it('stays as it is where it has the cache already', () => {
    expect(mergeDaemon(OURS, OURS)).toBe(OURS);
  });

  it('loses the cache alone when it was changed after the set-up', () => {
    const written = mergeDaemon(THEIRS, OURS);
    const changed = written.replace('journald', 'local');
    const stripped = stripMirrors(changed, { original: THEIRS, written });
    expect(JSON.parse(stripped)).toEqual({
      ...JSON.parse(THEIRS),
      'log-driver': 'local',
    });
  });

  it.each(['{', '[]', '{"registry-mirrors": 1}'])(
    'that cannot be merged is refused: %s',
    (text) => {
      expect(() => mergeDaemon(text, OURS)).toThrow();
      expect(stripMirrors(text, { original: THEIRS, written: OURS })).toBe(text);
    },
  );
});
