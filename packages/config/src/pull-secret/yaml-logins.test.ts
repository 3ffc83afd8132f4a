import { formatNotice, unwrap } from '@registry-cache/domain';
import { describe, expect, it } from 'vitest';
import { formatUpstreamName } from './key.ts';
import { parsePullSecret } from './parse.ts';

function read(text: string) {
  const { upstreams, leftOut, notices } = unwrap(parsePullSecret('creds.yaml', text, []));
  const logins = upstreams.map(({ name, credential }) => [
    formatUpstreamName(name),
    credential?.kind === 'basic'
      ? `${credential.username}:${credential.password.reveal()}`
      : (credential?.kind ?? 'anonymous'),
  ]);
  return { logins: Object.fromEntries(logins), leftOut, notices: notices.map(formatNotice) };
}

function issuesOf(text: string) {
  const parsed = parsePullSecret('creds.yaml', text, []);
  return parsed.ok ? [] : parsed.issues;
}

describe('the credentials file of containerd-registry-cache', () => {
  it('is told by its content, and names hosts and prefixes of paths', () => {
    const text =
      'registry-1.docker.io:\n  username: puller\n  password: secret1\n' +
      'ghcr.io/org:\n  username: org-pull\n  password: secret2\n';
    expect(read(text)).toEqual({
      logins: { 'docker.io': 'puller:secret1', 'ghcr.io/org': 'org-pull:secret2' },
      leftOut: [],
      notices: [
        'creds.yaml: found YAML, as the credentials file of containerd-registry-cache; taken as the entries of auths',
      ],
    });
  });

  it.each([
    ['# comment\n\n---\nquay.io:\n  username: a\n  password: b\n', { 'quay.io': 'a:b' }],
    ['"reg.test:5000":\n  {username: a, password: b}\n', { 'reg.test:5000': 'a:b' }],
    ["'reg.test:5000': {username: a, password: b}\n", { 'reg.test:5000': 'a:b' }],
    ['reg.test:5000:\r\n  username: a\r\n  password: b\r\n', { 'reg.test:5000': 'a:b' }],
    ['\uFEFFquay.io: {username: a, password: b}\n', { 'quay.io': 'a:b' }],
    ['a.io: {username: a, password: b}\nquay.io:\n', { 'a.io': 'a:b', 'quay.io': 'anonymous' }],
    ['a.io: &one {username: a, password: b}\nquay.io: *one\n', { 'a.io': 'a:b', 'quay.io': 'a:b' }],
    [
      'a.io: &one {username: a, password: b}\nquay.io:\n  <<: *one\n  username: c\n',
      { 'a.io': 'a:b', 'quay.io': 'c:b' },
    ],
    ['auths:\n  quay.io: {username: a, password: b}\n', { 'quay.io': 'a:b' }],
  ])('is read in other spellings of YAML: %j', (text, logins) => {
    expect(read(text).logins).toEqual(logins);
  });

  it.each(['0123', '1e3', 'true', 'null', '~', '0x1F', '2026-01-01', "it's", 'a#b', 'a:b'])(
    'keeps the password %s as it stands',
    (password) => {
      const { logins } = read(`quay.io:\n  username: 007\n  password: ${password}\n`);
      expect(logins).toEqual({ 'quay.io': `007:${password}` });
    },
  );

  it('leaves one bad entry out and takes the others', () => {
    const { logins, leftOut } = read(
      'a.io: {username: a, password: b}\nb.io: hunter2\nc.io: {password: hunter2}\nbad host: {}\n',
    );
    expect(logins).toEqual({ 'a.io': 'a:b' });
    expect(leftOut.map(({ issue }) => issue.path)).toEqual([
      'creds.yaml auths["b.io"]',
      'creds.yaml auths["c.io"].username',
      'creds.yaml auths["bad host"]',
    ]);
    expect(JSON.stringify(leftOut)).not.toContain('hunter2');
  });

  it.each([
    ['quay.io:\n  username: a\n  password: *hunter2\n', 3, 13],
    ['quay.io:\n  username: a\n  password: !hunter2 x\n', 3, 13],
    ['quay.io:\n  username: a\n  password: "hunter2\\q"\n', 3, 21],
    ['quay.io:\n  username: a\n  password: "hunter2\n', 4, 1],
    ['quay.io:\n  username: a\n password: hunter2\n', 3, 1],
    ['quay.io:\n\tusername: hunter2\n', 2, 1],
    ['quay.io:\n  username: a: hunter2\n', 2, 13],
    ['a.io: {}\na.io: {password: hunter2}\n', 2, 1],
    ['quay.io: {username: hunter2\n', 2, 1],
    [
      `a.io: &a {username: hunter2}\n${[...Array(200).keys()].map((n) => `r${n}: [*a, *a]\n`).join('')}`,
      2,
      6,
    ],
  ])('names line and column of a fault, and no secret: %j', (text, line, column) => {
    const issues = issuesOf(text);
    expect(issues.map(({ found }) => found)).toEqual(['text that is not YAML']);
    expect(issues[0]?.accepted).toMatch(new RegExp(`at line ${line}, column ${column}$`));
    expect(JSON.stringify(issues)).not.toContain('hunter2');
  });

  it.each([
    ['upstreams:\n  quay.io: {offline: true}\n', 'YAML without a registry'],
    ['--- hunter2\n', 'YAML that is not an object'],
    ['hunter2\n', 'text that is not JSON'],
    ['user:hunter2\n', 'text that is not JSON'],
    ['- hunter2\n', 'text that is not JSON'],
  ])('refuses other text, and shows none of it: %j', (text, found) => {
    const issues = issuesOf(text);
    expect(issues[0]?.found).toContain(found);
    expect(JSON.stringify(issues)).not.toContain('hunter2');
  });
});
