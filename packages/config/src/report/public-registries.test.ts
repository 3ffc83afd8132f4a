import { Secret, unwrap } from '@registry-cache/domain';
import { createLogger } from '@registry-cache/runtime';
import { expect, it, vi } from 'vitest';
import type { HostLogin } from '../settings/auth-registries.ts';
import { parseSettings } from '../settings/parse.ts';
import { upstreamsOf } from '../testing/upstreams.ts';
import { reportPublicRegistries } from './public-registries.ts';

const settings = unwrap(parseSettings({}));
const upstreams = unwrap(upstreamsOf(['docker.io', 'quay.io']));

it('says in three lines what is served, where, and how to add a pull secret', () => {
  const log = createLogger('config', 'fatal');
  const info = vi.spyOn(log, 'info');
  reportPublicRegistries({ isPublic: false, upstreams, hostLogins: [], settings }, log);
  expect(info).not.toHaveBeenCalled();
  reportPublicRegistries({ isPublic: true, upstreams, hostLogins: [], settings }, log);
  expect(info.mock.calls.map(([fields]) => fields)).toEqual([
    { registries: ['docker.io', 'quay.io'] },
    { port: 8443, image: 'localhost:8443/quay.io/podman/hello:latest' },
    expect.objectContaining({ mount: expect.stringContaining(':/pull-secret.json:ro,z') }),
  ]);
});

it('does not say that there are no credentials where AUTH_REGISTRIES has some', () => {
  const log = createLogger('config', 'fatal');
  const info = vi.spyOn(log, 'info');
  const sayFirst = (shown: typeof upstreams, hostLogins: HostLogin[] = []) => {
    info.mockClear();
    reportPublicRegistries({ isPublic: true, upstreams: shown, hostLogins, settings }, log);
    return info.mock.calls[0]?.[1];
  };
  expect(sayFirst(upstreams)).toContain('without credentials');
  const credential = { kind: 'basic', username: 'ann', password: new Secret('pass') } as const;
  const known = upstreams.map((upstream) => ({ ...upstream, credential }));
  expect(sayFirst(known)).toBe('no pull secret: public registries are served');
  const login = { host: 'auth.docker.io', username: 'ann', password: new Secret('pass') };
  expect(sayFirst(upstreams, [login])).toBe('no pull secret: public registries are served');
});
