import { Secret, unwrap } from '@registry-cache/domain';
import { describe, expect, it } from 'vitest';
import { NO_POLICY } from '../policy/parse.ts';
import { parsePullSecret } from '../pull-secret/parse.ts';
import { buildMirrors } from './mirrors.ts';
import { splitUpstreamUrl } from './upstream-url.ts';

const auth = (user: string) => ({ auth: Buffer.from(`${user}:p`).toString('base64') });

describe('buildMirrors', () => {
  const auths = {
    'docker.io': auth('hub'),
    'mirror.example.com': auth('whole'),
    'mirror.example.com/team': auth('team'),
    'mirror.example.com:5000': auth('port'),
    'bare.example.com': {},
    '*.eu.example.com': auth('wild'),
  };
  const { upstreams, wildcards } = unwrap(parsePullSecret('ps', JSON.stringify({ auths }), []));
  const logins = [{ host: 'env.example.com', username: 'env', password: new Secret('p') }];
  const loginAt = (url: string) => {
    const clouds = NO_POLICY;
    const sources = { declared: upstreams, wildcards, logins, clouds };
    const [mirror] = buildMirrors('docker.io', [url], sources);
    return mirror?.credential?.kind === 'basic' ? mirror.credential.username : undefined;
  };

  it.each([
    ['https://mirror.example.com', 'whole'],
    ['https://mirror.example.com:443/', 'whole'],
    ['https://mirror.example.com/team/hub', 'team'],
    ['https://mirror.example.com/teams', 'whole'],
    ['https://mirror.example.com:5000/v2/team', 'port'],
    ['http://mirror.example.com', undefined],
    ['https://bare.example.com', undefined],
    ['https://a.eu.example.com', 'wild'],
    ['https://env.example.com', 'env'],
    ['https://other.example.com', undefined],
    ['https://registry-1.docker.io', 'hub'],
  ])('gives %s the credentials of its own host: %s', (url, username) => {
    expect(loginAt(url)).toBe(username);
  });

  it('gives mirrors other ids than upstreams', () => {
    const urls = ['https://a.test', 'http://b.test:80/x/'];
    const sources = { declared: [], wildcards: [], logins: [], clouds: NO_POLICY };
    expect(buildMirrors('docker.io', urls, sources)).toEqual([
      { id: 'docker.io:mirror-1', key: 'a.test', url: 'https://a.test', credential: undefined },
      {
        id: 'docker.io:mirror-2',
        key: 'b.test:80/x',
        url: 'http://b.test:80/x',
        credential: undefined,
      },
    ]);
  });
});

describe('splitUpstreamUrl', () => {
  it.each([
    ['https://reg.example.com', 'https://reg.example.com', ''],
    ['https://reg.example.com/v2/', 'https://reg.example.com', ''],
    [
      'https://reg.example.com:8443/docker-remote/',
      'https://reg.example.com:8443',
      'docker-remote',
    ],
    ['https://reg.example.com/v2/a/b', 'https://reg.example.com', 'a/b'],
    // Guides for containerd write it so, with override_path.
    [
      'https://reg.example.com/artifactory/api/docker/docker-remote/v2',
      'https://reg.example.com',
      'docker-remote',
    ],
    ['https://x.jfrog.io/artifactory/docker-remote/', 'https://x.jfrog.io', 'docker-remote'],
    ['https://reg.example.com/artifactory/hub', 'https://reg.example.com', 'artifactory/hub'],
    ['http://[fd00::10]:5000/x', 'http://[fd00::10]:5000', 'x'],
  ])('%s', (url, origin, repositoryPrefix) => {
    expect(splitUpstreamUrl(url)).toEqual({ origin, repositoryPrefix });
  });
});
