import { unwrap } from '@registry-cache/domain';
import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../policy/parse.ts';
import { buildIssuers } from './issuers.ts';

const KEY = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', kid: 'one' };

function build(entry: string, files: Readonly<Record<string, string>> = {}) {
  const policy = unwrap(parsePolicy('policy', `authentication: {issuers: [${entry}]}`));
  return buildIssuers(policy.issuers, new Map(Object.entries(files)));
}

const entry = (more = '') => `{issuer: "https://issuer.test", audience: cache, user: sub${more}}`;

describe('buildIssuers', () => {
  it('describes an issuer with its defaults, and texts in place of other scalars', () => {
    expect(unwrap(build(entry(', require: {a: 1, b: [true, x]}')))).toEqual([
      {
        issuer: 'https://issuer.test',
        audience: 'cache',
        keys: { from: 'discovery' },
        user: 'sub',
        require: { a: ['1'], b: ['true', 'x'] },
        prefix: '',
        line: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
  });

  it('has another line for any other option, so that logins end with a change', () => {
    const lines = ['', ', prefix: "a"', ', groups: g', ', require: {a: b}', ', keys: "https://a"'];
    const found = lines.map((more) => unwrap(build(entry(more)))[0]?.line);
    expect(new Set(found).size).toBe(lines.length);
  });

  it('has another line for other users of the htpasswd file, and not for other passwords', () => {
    const { issuers } = unwrap(parsePolicy('policy', `authentication: {issuers: [${entry()}]}`));
    const lineOf = (htpasswd?: string) =>
      unwrap(buildIssuers(issuers, new Map(), htpasswd))[0]?.line;
    expect(lineOf('ann:one\nbob:two\n')).toBe(lineOf('bob:three\nann:one\n'));
    expect(new Set([lineOf(), lineOf('ann:one\n'), lineOf('bob:one\n')]).size).toBe(3);
  });

  it('takes the public members of the keys in a file', () => {
    const text = JSON.stringify({ keys: [{ ...KEY, x5c: ['a'], ext: true }, { kty: 'new' }] });
    const [issuer] = unwrap(build(entry(', keys: /keys.json'), { '/keys.json': text }));
    expect(issuer?.keys).toEqual({ from: 'file', keys: [KEY] });
  });

  it.each([
    ['nonsense', 'no list of keys'],
    ['{"keys": {}}', 'no list of keys'],
    ['{"keys": []}', 'keys of the types []'],
    ['{"keys": [{"kty": "new"}]}', 'keys of the types ["new"]'],
    [JSON.stringify({ keys: [KEY, { ...KEY, d: 'private' }] }), 'a secret key'],
    ['{"keys": [{"kty": "oct", "k": "shared"}]}', 'a secret key'],
  ])('refuses the key file %s: it found %s', (text, found) => {
    const built = build(entry(', keys: /keys.json'), { '/keys.json': text });
    expect(built.ok ? [] : built.issues).toEqual([
      expect.objectContaining({ path: expect.stringMatching(/^\/keys\.json/), found }),
    ]);
    expect(JSON.stringify(built)).not.toMatch(/private|shared/);
  });

  it('leaves a file that could not be read to its own issue', () => {
    expect(unwrap(build(entry(', keys: /missing.json')))).toEqual([]);
  });
});

describe('issuers in the policy', () => {
  const issuesOf = (text: string) => {
    const parsed = parsePolicy('policy', `authentication: {issuers: ${text}}`);
    return parsed.ok ? [] : parsed.issues.map(({ path, accepted }) => `${path}: ${accepted}`);
  };

  it.each([
    ['7', 'policy authentication.issuers: a list, such as [one, two]'],
    [
      '[{issuer: "https://a", audience: b, user: c, claim: d}]',
      'policy authentication.issuers[0].claim: issuer, audience, keys, user, groups, require, prefix',
    ],
    ['[7]', 'policy authentication.issuers[0]: a mapping with the keys issuer, audience, keys'],
    [
      '[{issuer: a, audience: b, user: c}]',
      'policy authentication.issuers[0].issuer: https://HOST',
    ],
    [
      '[{issuer: "https://a?b", audience: b, user: c}]',
      'policy authentication.issuers[0].issuer: https://HOST',
    ],
    [
      '[{issuer: "https://u:p@a", audience: b, user: c}]',
      'policy authentication.issuers[0].issuer: https://HOST',
    ],
    ['[{issuer: "https://a", user: c}]', 'policy authentication.issuers[0].audience: text'],
    [
      '[{issuer: "https://a", audience: "", user: c}]',
      'policy authentication.issuers[0].audience: text',
    ],
    [
      '[{issuer: "https://a", audience: b}]',
      'policy authentication.issuers[0].user: the name of a claim',
    ],
    [
      '[{issuer: "https://a", audience: b, user: c, keys: keys.json}]',
      'policy authentication.issuers[0].keys: an absolute path',
    ],
    [
      '[{issuer: "https://a", audience: b, user: c, prefix: "a b"}]',
      'policy authentication.issuers[0].prefix: printable',
    ],
    [
      '[{issuer: "https://a", audience: b, user: c, require: {a: {b: c}}}]',
      'policy authentication.issuers[0].require.a: text, or a list',
    ],
    [
      '[{issuer: "https://a", audience: b, user: c, require: x}]',
      'policy authentication.issuers[0].require: a mapping',
    ],
  ])('%s is refused: %s', (text, issue) => {
    expect(issuesOf(text)).toEqual([expect.stringContaining(issue)]);
  });
});
