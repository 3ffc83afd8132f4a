import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Appliance } from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
/** Cursors as registries make them. Content and encoding are the registry's own business. */
const CURSOR = `next_page=gAAA%3d%2f+x~!$&empty=&flag&token=${'t'.repeat(1_000)}`;

let stage: Stage;
let appliance: Appliance;
const heard: string[] = [];

beforeAll(async () => {
  stage = await openStage();
  const { gateway } = stage.network;
  const registry = createServer(({ url = '' }, response) => {
    heard.push(url);
    const [path = '', query = ''] = url.split('?');
    const page = query.endsWith(CURSOR) ? 2 : 1;
    // The registry is behind a proxy, and does not know its own public name and prefix.
    if (page === 1) {
      const next = [query, CURSOR].filter(Boolean).join('&');
      response.setHeader('link', `<http://inside.test:5000/hub${path}?${next}>; rel="next"`);
    }
    response.setHeader('content-type', 'application/vnd.oci.image.index.v1+json');
    response.end(JSON.stringify({ name: 'team/app', tags: [`v${page}`], manifests: [{ page }] }));
  });
  await once(registry.listen(0, gateway), 'listening');
  stage.use({ [Symbol.asyncDispose]: async () => void registry.close() });
  const url = `http://${gateway}:${(registry.address() as AddressInfo).port}`;
  appliance = await stage.appliance({ 'reg.test': { url } });
});

afterAll(() => stage[Symbol.asyncDispose]());

it.each([
  ['tags', '/v2/reg.test/team/app/tags/list?n=2', '/v2/team/app/tags/list?n=2'],
  ['tags, by ns', '/v2/team/app/tags/list?ns=reg.test&n=2', '/v2/team/app/tags/list?n=2'],
  ['tags, without n', '/v2/reg.test/team/app/tags/list', '/v2/team/app/tags/list'],
  [
    'referrers',
    `/v2/reg.test/team/app/referrers/${DIGEST}?artifactType=a%2Fb`,
    `/v2/team/app/referrers/${DIGEST}?artifactType=a%2Fb`,
  ],
])('%s: the second page is found by the link of the first', async (_, path, asked) => {
  heard.length = 0;
  await using client = appliance.client();
  const first = await client.get(path);
  const [, next = ''] = /^<(.*)>; rel="next"$/.exec(String(first.headers.link)) ?? [];
  expect(next.split('?')[0]).toBe(path.split('?')[0]);
  const second = await client.get(next);
  expect([first, second].map((answer) => answer.json())).toMatchObject([
    { tags: ['v1'] },
    { tags: ['v2'] },
  ]);
  expect(second.headers.link).toBeUndefined();
  const join = asked.includes('?') ? '&' : '?';
  expect(heard).toEqual([asked, `${asked}${join}${CURSOR}`]);
});
