import { describe, expect, it } from 'vitest';
import { fillLogin, mergeHosts, stripHosts } from './hosts-toml.ts';

const OURS = `# Written by registry-cache; its next set-up replaces this file.
server = "https://quay.io"

[host."https://localhost:30026/v2/quay.io"]
  capabilities = ["pull", "resolve"]
  ca = "/etc/containerd/certs.d/localhost:30026/ca.crt"
  override_path = true
`;

const THEIRS = `server = "https://quay.io" # ours, by hand
ca = ["/a.crt",
  "/b.crt"]

[host."https://mirror-1.example.com"]
  capabilities = ["pull"]
  [host."https://mirror-1.example.com".header]
    x-team = "a"
[host."https://mirror-2.example.com"]`;

describe('a hosts.toml', () => {
  it('is that of the set-up where the node has none', () => {
    expect(mergeHosts(undefined, OURS)).toBe(OURS);
  });

  it('keeps the hosts of the node in their order, behind the cache', () => {
    const merged = mergeHosts(THEIRS, OURS);
    expect([...merged.matchAll(/^\[host\."(.*?)"\]/gm)].map(([, url]) => url)).toEqual([
      'https://localhost:30026/v2/quay.io',
      'https://mirror-1.example.com',
      'https://mirror-2.example.com',
    ]);
    expect(merged).toMatch(/^server = "https:\/\/quay.io" # ours, by hand\nca = \["\/a.crt",/);
    expect(merged.match(/^server/gm)).toHaveLength(1);
  });

  it('has the cache behind the hosts of the node, if that is wanted', () => {
    const merged = mergeHosts(THEIRS, OURS, 'last');
    expect(merged.startsWith(THEIRS)).toBe(true);
    expect(merged.match(/^\[host.*$/gm)?.at(-1)).toBe(
      '[host."https://localhost:30026/v2/quay.io"]',
    );
    expect(stripHosts(merged)).toBe(`${THEIRS}\n`);
  });

  it('takes the cache behind the keys of a file without hosts', () => {
    const merged = mergeHosts('server = "https://quay.io"', OURS);
    expect(merged).toMatch(/^server = "https:\/\/quay.io"\n# registry-cache: begin/);
  });

  it('stays as it is where it has the cache already', () => {
    expect(mergeHosts(OURS, OURS)).toBe(OURS);
  });

  it.each([
    ['a file that was merged', THEIRS],
    ['an empty table of hosts', 'server = "https://quay.io"\n'],
  ])('is stripped of the cache alone: %s', (_, base) => {
    expect(stripHosts(mergeHosts(base, OURS))).toBe(base);
    expect(stripHosts(base)).toBe(base);
  });

  it.each(['server = ', '[host."a"]\nserver = '])('that is no TOML is refused: %s', (base) => {
    expect(() => mergeHosts(base, OURS)).toThrow();
  });

  it('whose hosts would change their order is refused', () => {
    const inline = 'host = { "https://mirror.example.com" = {} }\n';
    expect(() => mergeHosts(inline, OURS)).toThrow();
  });

  it('gets the login in the place that the set-up leaves for it', () => {
    const asked = `${OURS}
  # The cache asks for a login: base64 of user:password.
  # [host."https://localhost:30026/v2/quay.io".header]
  #   Authorization = ["Basic BASE64"]
`;
    const filled = fillLogin(asked, 'user:$&pass');
    expect(filled).toContain('  [host."https://localhost:30026/v2/quay.io".header]\n');
    expect(filled).toContain(`    Authorization = ["Basic ${btoa('user:$&pass')}"]\n`);
    expect(() => mergeHosts(THEIRS, filled)).not.toThrow();
  });
});
