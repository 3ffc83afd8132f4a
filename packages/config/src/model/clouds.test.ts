import { formatIssue, unwrap } from '@registry-cache/domain';
import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../policy/parse.ts';
import { parseSettings } from '../settings/parse.ts';
import { NO_INPUTS } from '../testing/no-inputs.ts';
import { planModel } from './plan.ts';

const ECR = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';

function plan(policy: string, auths: object = {}, onDemand = '[]', globs = '') {
  const settings = unwrap(parseSettings({ ON_DEMAND_REGISTRIES: globs }));
  const inputs = {
    ...NO_INPUTS,
    pullSecret: JSON.stringify({ auths: { 'quay.io': {}, ...auths } }),
    policy,
    onDemand,
  };
  return planModel(settings, inputs, parsePolicy('/policy.yaml', policy));
}

/** The cloud, or the kind of login, by the key of the upstream. */
function loginsIn(...args: Parameters<typeof plan>) {
  const { upstreams } = unwrap(plan(...args));
  return Object.fromEntries(
    upstreams.map(({ key, credential }) => [
      key,
      credential?.kind === 'cloud' ? credential.cloud : (credential?.kind ?? 'none'),
    ]),
  );
}

function issuesIn(policy: string): string[] {
  const parsed = plan(policy);
  return parsed.ok ? [] : parsed.issues.map(formatIssue);
}

describe('credentials of the policy file', () => {
  it('declare a registry, and log in there by the identity of the cloud', () => {
    const policy = 'upstreams: {us-central1-docker.pkg.dev: {credentials: google}}';
    expect(loginsIn(policy)).toEqual({ 'quay.io': 'none', 'us-central1-docker.pkg.dev': 'google' });
  });

  it('count over a login of the pull secret, with a warning', () => {
    const policy = 'upstreams: {example.azurecr.io: {credentials: azure}}';
    const auths = { 'example.azurecr.io': { auth: 'dTpw' } };
    expect(loginsIn(policy, auths)).toMatchObject({ 'example.azurecr.io': 'azure' });
    expect(unwrap(plan(policy, auths)).notices).toEqual([
      {
        path: '/pull-secret.json "example.azurecr.io"',
        found: 'a login of a registry that has credentials in the policy file',
        taken: 'no login: the identity of azure counts',
      },
    ]);
    expect(unwrap(plan(policy, { 'example.azurecr.io': {} })).notices).toEqual([]);
  });

  it('are refused for a host that is not of the cloud', () => {
    expect(issuesIn('upstreams: {quay.io: {credentials: google}}').join()).toMatch(
      /upstreams\["quay.io"\].credentials.*google for quay.io.*europe-docker.pkg.dev/,
    );
    expect(issuesIn('upstreams: {quay.io: {credentials: gcp}}').join()).toContain(
      'google, aws or azure',
    );
  });

  it('hold for all registries that a key with a star names', () => {
    const policy = `upstreams: {"*.dkr.ecr.*.amazonaws.com": {credentials: aws}, "*.azurecr.io": {credentials: azure}, public.ecr.aws: {credentials: aws}}`;
    const auths = { [ECR]: {}, 'a.azurecr.io': {}, 'a.b.azurecr.io': {} };
    expect(loginsIn(policy, auths)).toEqual({
      [ECR]: 'aws',
      'a.azurecr.io': 'azure',
      'a.b.azurecr.io': 'none',
      'public.ecr.aws': 'aws',
      'quay.io': 'none',
    });
  });

  it('of a key with a star are for registries on demand too, if they are of the cloud', () => {
    const policy = 'upstreams: {"*.dkr.ecr.*.amazonaws.com": {credentials: aws}}';
    const asked = [ECR, 'x.dkr.ecr.evil.amazonaws.com', 'x.dkr.ecr.y.s3.amazonaws.com'];
    const logins = loginsIn(policy, {}, JSON.stringify(asked), '*.amazonaws.com');
    expect(logins).toEqual({
      'quay.io': 'none',
      [ECR]: 'aws',
      'x.dkr.ecr.evil.amazonaws.com': 'none',
      'x.dkr.ecr.y.s3.amazonaws.com': 'none',
    });
  });

  it('of a key with a star serve its registries on demand, and no others', () => {
    const policy = `upstreams: {"*.dkr.ecr.*.amazonaws.com": {credentials: aws}, "*.dkr.ecr.eu-*.amazonaws.com": {credentials: aws}, "*.azurecr.io": {credentials: azure}}`;
    const asked = [ECR, 'x.dkr.ecr.evil.amazonaws.com', 'a.azurecr.io', 'quay.test', `${ECR}:444`];
    expect(loginsIn(policy, {}, JSON.stringify(asked))).toEqual({
      'quay.io': 'none',
      [ECR]: 'aws',
      'a.azurecr.io': 'azure',
    });
    expect(unwrap(plan(policy)).onDemandKeys.map(({ host }) => host)).toEqual([
      '*.dkr.ecr.*.amazonaws.com',
      '*.dkr.ecr.eu-*.amazonaws.com',
      '*.azurecr.io',
    ]);
  });

  it('replace a login that the pull secret has for the same key with a star, with a warning', () => {
    const policy = 'upstreams: {"*.azurecr.io": {credentials: azure}}';
    const auths = { '*.azurecr.io': { auth: 'dTpw' } };
    expect(loginsIn(policy, auths, '["a.azurecr.io", "a_b.azurecr.io"]')).toEqual({
      'quay.io': 'none',
      'a.azurecr.io': 'azure',
    });
    expect(unwrap(plan(policy, auths)).notices).toEqual([
      {
        path: '/pull-secret.json auths["*.azurecr.io"]',
        found: 'a login for registries that have credentials in the policy file',
        taken: 'no login: the identity of azure counts',
      },
    ]);
  });

  it('of a key with a star are for mirrors too', () => {
    const policy = `upstreams: {quay.io: {mirrors: ["https://${ECR}/quay", "https://other.test"]}, "*.dkr.ecr.*.amazonaws.com": {credentials: aws}}`;
    const [quay] = unwrap(plan(policy)).upstreams;
    expect(quay?.mirrors.map(({ credential }) => credential)).toEqual([
      { kind: 'cloud', cloud: 'aws', host: ECR },
      undefined,
    ]);
  });

  it('of a key with a star stand alone, and fit registries of the cloud only', () => {
    expect(issuesIn('upstreams: {"*.azurecr.io": {credentials: azure, offline: true}}')).toEqual([
      expect.stringMatching(/offline.*credentials alone/),
    ]);
    expect(issuesIn('upstreams: {"*.azurecr.io": {}}').join()).toContain('no credentials');
    for (const glob of ['*', '*.io', '*.amazonaws.com', '*.*.*.*.*.com']) {
      const issues = issuesIn(`upstreams: {"${glob}": {credentials: aws}}`);
      expect(issues.join()).toContain('a host of Amazon ECR');
    }
  });
});
