import { Secret, unwrap } from '@registry-cache/domain';
import { describe, expect, it } from 'vitest';
import { NO_POLICY, parsePolicy } from '../policy/parse.ts';
import { type DeclaredUpstream, parsePullSecret } from '../pull-secret/parse.ts';
import { addFromEnvironment, addFromPolicy, addFromWildcards, findIdleGlobs } from './declared.ts';
import { buildMirrors, type Mirror } from './mirrors.ts';

const login = (host: string, text: string) => ({
  host,
  username: 'robot',
  password: new Secret(text),
});

function add(registries: string[], logins = [login('none.test', 'x')], auths: object = {}) {
  const declared = parsePullSecret(
    'ps',
    JSON.stringify({ auths: { 'quay.io': {}, ...auths } }),
    [],
  );
  if (!declared.ok) throw new Error('the test gave bad input');
  const added = addFromEnvironment(declared.value.upstreams, registries, logins);
  if (!added.ok) throw new Error(added.issues.map(({ found }) => found).join());
  return added.value.map(({ name, credential }) => [
    name.host,
    credential?.kind === 'basic' ? credential.password.reveal() : credential?.kind,
  ]);
}

describe('addFromEnvironment', () => {
  it('adds registries that the pull secret does not name, except for token services', () => {
    const registries = ['quay.io', 'registry-1.docker.io', 'auth.docker.io', 'reg.test:5000'];
    expect(add(registries).map(([host]) => host)).toEqual([
      'docker.io',
      'quay.io',
      'reg.test:5000',
    ]);
    expect(add(['quay.io'], [], { 'ghcr.io/org': {} })).toHaveLength(2);
    expect(add(['ghcr.io'], [], { 'ghcr.io/org': {} })).toHaveLength(2);
  });

  it('gives credentials to upstreams only', () => {
    const logins = [login('quay.io', 'a'), login('auth.quay.io', 'b')];
    expect(add([], logins)).toEqual([['quay.io', 'a']]);
    const auths = { 'quay.io/org': {}, 'quay.io/own': { username: 'robot', password: 'own' } };
    expect(add([], logins, auths).map(([, password]) => password)).toEqual(['a', 'a', 'own']);
  });

  it("refuses credentials that differ from the pull secret's", () => {
    const auths = { 'quay.io': { username: 'robot', password: 'hunter2' } };
    expect(add([], [login('quay.io', 'hunter2')], auths)).toEqual([['quay.io', 'hunter2']]);
    expect(() => add([], [login('quay.io', 'hunter3')], auths)).toThrow(
      /^other credentials for quay\.io than the pull secret has$/,
    );
  });
});

describe('wildcards of the pull secret', () => {
  const auths = {
    '*.example.com': { auth: 'dTpw' },
    '*.idle.test': { auth: 'dTpw' },
    'own.example.com': { auth: 'bzpvd24=' },
    'key.example.com': {},
  };
  const pullSecret = unwrap(parsePullSecret('ps', JSON.stringify({ auths }), []));
  const { wildcards } = pullSecret;
  const idle = (declared: readonly DeclaredUpstream[], mirrors: readonly Mirror[] = []) =>
    findIdleGlobs('ps', pullSecret, { declared, mirrors, onDemandKeys: undefined });
  const named = (policy: string) => {
    const policies = unwrap(parsePolicy('policy', policy));
    const declared = addFromPolicy(pullSecret.upstreams, policies, wildcards);
    return unwrap(addFromEnvironment(declared, ['env.example.com', 'other.test'], []));
  };

  it('give credentials to registries that are named elsewhere', () => {
    const policy = 'upstreams: {eu.example.com: {}, quay.io: {}, lab: {url: "http://lab:5000"}}';
    const given = addFromWildcards(named(policy), wildcards);
    expect(
      given.map(({ name, credential }) => [
        name.host,
        credential?.kind === 'basic' ? credential.username : undefined,
      ]),
    ).toEqual([
      ['env.example.com', 'u'],
      ['eu.example.com', 'u'],
      ['key.example.com', 'u'],
      ['lab', undefined],
      ['other.test', undefined],
      ['own.example.com', 'o'],
    ]);
  });

  it('get a notice where no registry needs them', () => {
    expect(idle(named('')).map(({ path }) => path)).toEqual(['ps auths["*.idle.test"]']);
  });

  it('are in use where a mirror needs them', () => {
    const declared = named('');
    const sources = { declared, wildcards, logins: [], clouds: NO_POLICY };
    const mirrors = buildMirrors('quay.io', ['https://mirror.idle.test'], sources);
    expect(idle(declared, mirrors)).toEqual([]);
  });
});
