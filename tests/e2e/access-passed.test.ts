import type { Bundle, RegistryProcess } from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeUpstreams, openStage, pushImage, type Stage } from './stage.ts';
import { askThrough, type Inside, type ProxyAppliance, startProxy } from './through-proxy.ts';

const ACCESS = {
  default: ['pull', 'fetch', 'push'],
  rules: [
    { images: ['open.test/team/forbidden'], deny: ['pull', 'fetch'] },
    { images: ['open.test/team/open:latest'], deny: ['push'] },
  ],
};
let stage: Stage;
let upstream: RegistryProcess;
let proxy: ProxyAppliance;
let forbidden: Bundle;

beforeAll(async () => {
  stage = await openStage();
  upstream = await stage.upstream();
  forbidden = await pushImage(upstream, 'team/forbidden', 'v1', { seed: 'forbidden' });
  await pushImage(upstream, 'team/open', 'v1', { seed: 'open' });
  const uses = { 'open.test': { url: upstream.url } };
  const { upstreams } = JSON.parse(describeUpstreams(uses).policyYaml);
  proxy = await startProxy(stage, uses, {
    env: { ALLOW_PUSH: 'true' },
    policyYaml: JSON.stringify({ upstreams, access: ACCESS }),
  });
});

afterAll(() => stage[Symbol.asyncDispose]());

async function ask(method: string, path: string): Promise<Inside> {
  const headers = { accept: '*/*', 'content-length': '0' };
  return await askThrough(proxy, 'open.test:443', `/v2/team/${path}`, {
    ca: await proxy.ca(),
    method,
    headers,
  });
}

describe('a request that goes to the registry itself', () => {
  it.each([
    ['GET', 'forbidden/manifests/v1'],
    ['GET', 'forbidden/manifests/%761'],
    ['GET', '/forbidden/manifests/v1'],
    ['PUT', 'open/manifests/latest'],
    ['PUT', 'open/manifests/%6catest'],
  ])('is refused where the rules deny it: %s %s', async (method, path) => {
    await upstream.forget();
    expect((await ask(method, path)).status).toBe(403);
    expect(await upstream.requests()).toEqual([]);
  });

  it('mounts no blob of another image', async () => {
    const digest = forbidden.blobs[0]?.digest;
    const mount = `mount=${digest}&from=team/forbidden`;
    expect((await ask('POST', `open/blobs/uploads/?${mount}`)).status).toBe(202);
    const escaped = mount.replace('mount', 'mo%75nt');
    expect((await ask('POST', `open/blobs/uploads/?${escaped}`)).status).toBe(403);
  });
});
