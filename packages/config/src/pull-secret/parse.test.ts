import { type Issue, unwrap } from '@registry-cache/domain';
import { describe, expect, it } from 'vitest';
import { formatUpstreamName } from './key.ts';
import { type PullSecret, parsePullSecret } from './parse.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

function parse(content: unknown, ignored: string[] = []) {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  const parsed = parsePullSecret('/pull-secret.json', text, ignored);
  if (!parsed.ok) throw new Error(parsed.issues.map(({ path }) => path).join());
  return Object.fromEntries(
    parsed.value.upstreams.map(({ name, credential }) => [
      formatUpstreamName(name),
      credential?.kind === 'basic'
        ? `${credential.username}|${credential.password.reveal()}`
        : credential?.kind === 'helper'
          ? credential.program
          : credential !== undefined && 'token' in credential
            ? credential.token.reveal()
            : null,
    ]),
  );
}

function resultOf(content: unknown): PullSecret {
  return unwrap(parsePullSecret('/pull-secret.json', JSON.stringify(content), []));
}

function issuesOf(text: string): readonly Issue[] {
  const parsed = parsePullSecret('/pull-secret.json', text, []);
  return parsed.ok ? [] : parsed.issues;
}

describe('parsePullSecret', () => {
  it('reads every form of key', () => {
    const keys = [
      'quay.io',
      'Reg.Example.com:5000',
      'quay.io/org/team',
      'https://index.docker.io/v1/',
      'https://ghcr.io',
      'https://reg.example.com/v2/',
      'localhost',
    ];
    expect(Object.keys(parse({ auths: Object.fromEntries(keys.map((key) => [key, {}])) }))).toEqual(
      [
        'docker.io',
        'ghcr.io',
        'localhost',
        'quay.io',
        'quay.io/org/team',
        'reg.example.com',
        'reg.example.com:5000',
      ],
    );
  });

  it('reads every form of entry', () => {
    const printable = String.fromCharCode(...Array.from({ length: 95 }, (_, index) => 32 + index));
    expect(
      parse({
        auths: {
          'a.io': { auth: base64('user:pa:ss:'), email: 'x@example.com' },
          'b.io': {},
          'c.io': { username: 'user', password: printable },
          'd.io': { auth: base64('<token>:x'), identitytoken: 'refresh' },
          'e.io': { auth: '' },
          'f.io': { auth: base64(`user:${printable}`) },
          'g.io': { auth: base64('üser:pässwörd') },
          'h.io': { auth: base64('u:p'), username: 'u', password: 'p' },
        },
        credHelpers: { 'us-docker.pkg.dev': 'gcr', 'b.io': 'ecr-login' },
      }),
    ).toEqual({
      'a.io': 'user|pa:ss:',
      'b.io': 'ecr-login',
      'c.io': `user|${printable}`,
      'd.io': 'refresh',
      'e.io': null,
      'f.io': `user|${printable}`,
      'g.io': 'üser|pässwörd',
      'h.io': 'u|p',
      'us-docker.pkg.dev': 'gcr',
    });
  });

  it('leaves out ignored entries unread', () => {
    const auths = { 'cloud.openshift.com': { auth: '!!!' }, 'quay.io': {} };
    expect(parse({ auths }, ['cloud.openshift.com'])).toEqual({ 'quay.io': null });
    expect(
      parse({ auths: { 'https://index.docker.io/v1/': 7, 'quay.io': {} } }, ['docker.io']),
    ).toEqual({ 'quay.io': null });
  });

  it('accepts two names of one registry if their credentials agree', () => {
    const same = { auth: base64('u:p') };
    expect(parse({ auths: { 'docker.io': same, 'https://index.docker.io/v1/': same } })).toEqual({
      'docker.io': 'u|p',
    });
  });

  it('leaves out entries that cannot be understood, with an issue that has the path and no secret', () => {
    const { upstreams, leftOut, notices } = resultOf({
      auths: {
        'bad host': {},
        'good.io': {},
        'a.io': { auth: 'hunter2!' },
        'b.io': { auth: base64('hunter2') },
        'c.io': { password: 'hunter2' },
        'd.io': 'hunter2',
        'e.io': { password: ['hunter2'] },
        'f.io': { registrytoken: 'hunter2\r\nX-Other: 1' },
        'g.io:99999': {},
        'quay.io/../etc': {},
        'fd00::10': {},
        '*.*bad_.io': { auth: base64('u:p') },
      },
      credHelpers: { 'h.io': '../hunter2' },
    });
    expect(upstreams.map(({ rawKey }) => rawKey)).toEqual(['good.io']);
    expect(notices).toEqual([]);
    const issues = leftOut.map(({ issue }) => issue);
    expect(issues.map(({ path }) => path)).toEqual([
      '/pull-secret.json auths["bad host"]',
      '/pull-secret.json auths["a.io"].auth',
      '/pull-secret.json auths["b.io"].auth',
      '/pull-secret.json auths["c.io"].username',
      '/pull-secret.json auths["d.io"]',
      '/pull-secret.json auths["e.io"].password',
      '/pull-secret.json auths["f.io"].registrytoken',
      '/pull-secret.json auths["g.io:99999"]',
      '/pull-secret.json auths["quay.io/../etc"]',
      '/pull-secret.json auths["fd00::10"]',
      '/pull-secret.json auths["*.*bad_.io"]',
      '/pull-secret.json credHelpers["h.io"]',
    ]);
    const inAuths = issues.filter(({ path }) => !path.includes('credHelpers'));
    expect(JSON.stringify(inAuths)).not.toContain('hunter2');
  });

  it.each([
    ['', 'not JSON'],
    ['{"auths": {"quay.io": {"auth": "hunter2"', 'not JSON'],
    ['[]', 'not an object'],
    ['\uFFFD\uFFFD{\0"\0a\0', 'UTF-16'],
  ])('refuses %s', (text, found) => {
    const issues = issuesOf(text);
    expect(issues).toHaveLength(1);
    expect(issues[0]?.found).toContain(found);
    expect(JSON.stringify(issues)).not.toContain('hunter2');
  });

  it('names the line of a fault in the file', () => {
    const text = '{\n  "auths": {\n    "quay.io": {"auth": "hunter2"},\n  }\n}\n';
    expect(issuesOf(text)[0]?.accepted).toMatch(/; the fault is at line 4, column 3$/);
  });

  it('reads a file written on Windows', () => {
    expect(parse('\uFEFF{\r\n"auths": {"quay.io": {}}\r\n}\r\n')).toEqual({ 'quay.io': null });
  });
});
