import { unwrap } from '@registry-cache/domain';
import { createLogger } from '@registry-cache/runtime';
import { expect, it, vi } from 'vitest';
import { parseSettings } from '../settings/parse.ts';
import { upstreamsOf } from '../testing/upstreams.ts';
import { reportPublicRegistries } from './public-registries.ts';

const settings = unwrap(parseSettings({}));
const upstreams = unwrap(upstreamsOf(['docker.io', 'quay.io']));

it('says in three lines what is served, where, and how to add a pull secret', () => {
  const log = createLogger('config', 'fatal');
  const info = vi.spyOn(log, 'info');
  reportPublicRegistries({ isPublic: false, upstreams, settings }, log);
  expect(info).not.toHaveBeenCalled();
  reportPublicRegistries({ isPublic: true, upstreams, settings }, log);
  expect(info.mock.calls.map(([fields]) => fields)).toEqual([
    { registries: ['docker.io', 'quay.io'] },
    { port: 8443, image: 'localhost:8443/quay.io/podman/hello:latest' },
    expect.objectContaining({ mount: expect.stringContaining(':/pull-secret.json:ro,z') }),
  ]);
});
