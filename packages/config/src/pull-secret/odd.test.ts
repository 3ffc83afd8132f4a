import { formatIssue, formatNotice, unwrap } from '@registry-cache/domain';
import { describe, expect, it } from 'vitest';
import { formatUpstreamName } from './key.ts';
import { parsePullSecret } from './parse.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const GOOD = { auth: base64('good:pass') };

/** The result for a file. If `content` is only entries, a good `ghcr.io` is added to them. */
function read(entries: object, root: object = { auths: { 'ghcr.io': GOOD, ...entries } }) {
  const { upstreams, leftOut, notices } = unwrap(parsePullSecret('ps', JSON.stringify(root), []));
  return {
    logins: Object.fromEntries(
      upstreams.map(({ name, credential }) => [
        formatUpstreamName(name),
        credential?.kind === 'basic'
          ? `${credential.username}:${credential.password.reveal()}`
          : credential?.kind === 'registry-token'
            ? `registry-token ${credential.token.reveal()}`
            : (credential?.kind ?? 'anonymous'),
      ]),
    ),
    leftOut: leftOut.map(({ issue }) => formatIssue(issue)),
    notices: notices.map(formatNotice),
  };
}

/** The same without the good entry. */
function readOne(entries: object) {
  const { logins, ...rest } = read(entries);
  const { 'ghcr.io': good, ...others } = logins;
  expect(good).toBe('good:pass');
  expect(JSON.stringify(rest)).not.toContain('hunter2');
  return { logins: others, ...rest };
}

describe('a key of an odd spelling', () => {
  it.each([
    ['HTTPS://Reg.example.com', 'reg.example.com', ''],
    ['http://reg.example.com', 'reg.example.com', 'a key with http://'],
    ['quay.io:443', 'quay.io', ''],
    ['docker.io:443', 'docker.io', ''],
    ['registry.hub.docker.com', 'docker.io', ''],
    ['https://registry.hub.docker.com/v2/', 'docker.io', ''],
    ['ghcr.io/MyOrg', 'ghcr.io/myorg', 'a path with capitals'],
    ['https://x.jfrog.io/artifactory/docker', 'x.jfrog.io/docker', 'a URL of Artifactory; taken'],
    ['x.jfrog.io/artifactory/docker', 'x.jfrog.io/docker', 'a URL of Artifactory'],
    ['https://x.jfrog.io/artifactory/', 'x.jfrog.io', 'a URL of Artifactory'],
    ['https://X.jfrog.io:443/Artifactory/Docker', 'x.jfrog.io/docker', 'a URL of Artifactory'],
    [
      'https://x.jfrog.io/artifactory/api/docker/docker/v2/',
      'x.jfrog.io/docker',
      'a URL of Artifactory; taken as x.jfrog.io/docker',
    ],
    [
      'https://reg.example.com/artifactory/api/docker/docker-local',
      'reg.example.com/docker-local',
      'a URL of Artifactory',
    ],
    [
      'https://reg.example.com/artifactory/docker',
      'reg.example.com/artifactory/docker',
      'a URL with a path, where images of an Artifactory would be reg.example.com/docker/NAME',
    ],
    ['reg.example.com/artifactory/docker', 'reg.example.com/artifactory/docker', ''],
    ['x.jfrog.io/docker', 'x.jfrog.io/docker', ''],
    ['https://reg.example.com/v2/project', 'reg.example.com/project', 'a URL with a path'],
    ['https://reg.example.com/v1/', 'reg.example.com', ''],
    ['[FD00:0::10]:5000', '[fd00::10]:5000', ''],
    ['https://[fd00::10]:443/', '[fd00::10]', ''],
  ])('%s names %s', (key, name, notice) => {
    const { logins, leftOut, notices } = readOne({ [key]: { auth: base64('u:hunter2') } });
    expect(logins).toEqual({ [name]: 'u:hunter2' });
    expect(leftOut).toEqual([]);
    expect(notices).toEqual(notice === '' ? [] : [expect.stringContaining(notice)]);
  });

  it('is skipped where it is empty', () => {
    const { logins, notices } = readOne({ '': { auth: base64('u:hunter2') } });
    expect(logins).toEqual({});
    expect(notices).toEqual(['ps auths[""]: found an empty key; taken as no entry at all']);
  });

  it.each(['reg.example.com?x=1', '[fd00::10', '[::1%eth0]', 'a b', 'user@reg.example.com'])(
    'is left out where it cannot be understood: %s',
    (key) => {
      expect(readOne({ [key]: {} })).toMatchObject({
        logins: {},
        leftOut: [expect.stringMatching(/^ps auths\[.*accepted: a registry host/)],
      });
    },
  );
});

describe('an entry of an odd form', () => {
  const login = 'a.example.com';
  it.each<[string, unknown, string, string]>([
    ['null', null, 'anonymous', 'found null; taken as anonymous'],
    ['a lone colon', { auth: 'Og==' }, 'anonymous', 'without a user and a password; taken as anon'],
    ['an empty password', { auth: base64('u:') }, 'u:', ''],
    ['a user alone', { username: 'u' }, 'u:', 'found no password; taken as an empty password'],
    ['empty strings', { auth: '', username: '', password: '' }, 'anonymous', ''],
    [
      'empty strings of all kinds',
      { auth: '', username: '', password: '', identitytoken: '', registrytoken: '' },
      'anonymous',
      '',
    ],
    ['a registrytoken alone', { registrytoken: 'eyJ.a-b_c' }, 'registry-token eyJ.a-b_c', ''],
    ['an empty user', { auth: base64(':hunter2') }, ':hunter2', ''],
    ['base64url', { auth: 'dTo_Pz8-Pj4' }, 'u:???>>>', ''],
    ['unpadded base64', { auth: 'dTpwdw' }, 'u:pw', ''],
    ['zero bytes at the end', { auth: base64('u:p\0\0') }, 'u:p', ''],
    [
      'auth and a pair that differ',
      { username: 'u', password: 'hunter2', auth: base64('u:new') },
      'u:new',
      'found auth that differs from username and password; taken as what auth says',
    ],
    [
      'a registrytoken beside a login',
      { registrytoken: 'hunter2', auth: base64('u:p') },
      'u:p',
      '',
    ],
  ])('%s is taken as docker and the kubelet take it', (_what, entry, expected, notice) => {
    const { logins, leftOut, notices } = read({ [login]: entry });
    expect(logins).toEqual({ 'ghcr.io': 'good:pass', [login]: expected });
    expect(leftOut).toEqual([]);
    expect(notices).toEqual(notice === '' ? [] : [expect.stringContaining(notice)]);
  });

  it('is left out where it cannot be understood, and does not stop the others', () => {
    const entries = { 'a.io': 'hunter2', 'b.io': { auth: base64('hunter2') }, 'c.io': ['hunter2'] };
    expect(readOne(entries)).toMatchObject({ logins: {}, leftOut: { length: 3 }, notices: [] });
  });

  it('is ignored if it belongs to the web login of docker', () => {
    const found = readOne({
      'https://index.docker.io/v1/': { auth: base64('u:hunter2') },
      'https://index.docker.io/v1/access-token': { auth: base64('u:eyJ') },
      'https://index.docker.io/v1/refresh-token': { auth: base64('u:v1.M') },
    });
    expect(found).toEqual({ logins: { 'docker.io': 'u:hunter2' }, leftOut: [], notices: [] });
  });
});

describe('a file of an odd form', () => {
  it('may be a flat .dockercfg', () => {
    const found = read({}, { 'a.example.com': { ...GOOD, email: 'a@example.com' }, 'b.io': null });
    expect(found.logins).toEqual({ 'a.example.com': 'good:pass', 'b.io': 'anonymous' });
    expect(found.notices[0]).toContain('the old format of .dockercfg');
  });

  it('may be without entries, and then its form is not the issue', () => {
    for (const root of [{}, { auths: null }, { HttpHeaders: { 'User-Agent': 'x' } }]) {
      expect(read({}, root)).toMatchObject({ logins: {}, leftOut: [] });
    }
  });

  it('may name a store of credentials, which is not used', () => {
    const found = read({}, { auths: { 'quay.io': {} }, credsStore: 'desktop' });
    expect(found.logins).toEqual({ 'quay.io': 'anonymous' });
    expect(found.leftOut).toEqual([expect.stringContaining('ps credsStore: found "desktop"')]);
  });

  it('may have a helper without a name, or with a bad name', () => {
    const credHelpers = { 'a.example.com': '', 'b.example.com': '../x' };
    const found = read({}, { auths: { 'a.example.com': GOOD }, credHelpers });
    expect(found.logins).toEqual({ 'a.example.com': 'good:pass' });
    expect(found.leftOut).toEqual([expect.stringContaining('credHelpers["b.example.com"]')]);
    expect(found.notices).toHaveLength(1);
  });
});

describe('two spellings of one registry', () => {
  const other = { auth: base64('other:hunter2') };
  const hub = 'https://index.docker.io/v1/';
  it.each([
    ['the key that docker looks for', { 'docker.io': other, [hub]: GOOD }, 'good:pass'],
    ['that key also where it comes first', { [hub]: GOOD, 'docker.io': other }, 'good:pass'],
    ['the one with credentials', { [hub]: {}, 'docker.io': other }, 'other:hunter2'],
    ['else the first', { 'docker.io:443': GOOD, 'registry-1.docker.io': other }, 'good:pass'],
  ])('with other credentials: %s', (_which, entries, expected) => {
    const { logins, notices } = read(entries);
    expect(logins['docker.io']).toBe(expected);
    expect(notices).toEqual([expect.stringContaining('other credentials for docker.io than')]);
  });

  it('with the same credentials are one', () => {
    const { logins, notices } = read({ 'quay.io': GOOD, 'quay.io:443': GOOD });
    expect(logins['quay.io']).toBe('good:pass');
    expect(notices).toEqual([]);
  });
});
