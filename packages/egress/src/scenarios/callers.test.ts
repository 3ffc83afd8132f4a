import { stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BOOT_SECRET, basic, startFixture, upstreamAt } from '../testing/egress-fixture.ts';
import { reply, startOrigin } from '../testing/origin.ts';

test.each([
  ['no Authorization', ''],
  ['another secret', basic('up', 'guess')],
  ['a prefix of the secret', basic('up', BOOT_SECRET.slice(0, -1))],
  ['no id', basic('', BOOT_SECRET)],
  ['Bearer', `Bearer ${BOOT_SECRET}`],
  ['broken base64', 'Basic ###'],
])('a caller with %s gets 401', async (_name, authorization) => {
  await using origin = await startOrigin((_seen, response) => reply(response, 200));
  await using egress = await startFixture(origin.url);
  for (const over of ['port', 'socket'] as const) {
    const got = await egress.ask('/v2/', { headers: { authorization }, over });
    expect(got.status).toBe(401);
    expect(got.headers['www-authenticate']).toBe('Basic realm="registry-cache egress"');
    expect(JSON.parse(got.body).errors[0].code).toBe('UNAUTHORIZED');
  }
  expect(origin.seen).toEqual([]);
});

test('egress answers the ping itself', async () => {
  await using origin = await startOrigin((_seen, response) => reply(response, 500));
  await using egress = await startFixture(origin.url);
  const got = await egress.ask('/v2/');
  expect([got.status, got.body]).toEqual([200, '{}']);
  expect(got.headers['docker-distribution-api-version']).toBe('registry/2.0');
  expect(origin.seen).toEqual([]);
});

test.each([
  ['GET', '/', 404, 'NAME_UNKNOWN'],
  ['GET', '/v2/_catalog', 404, 'NAME_UNKNOWN'],
  ['GET', '/v2/a/../b/manifests/latest', 404, 'NAME_UNKNOWN'],
  ['GET', '/v2/a/manifests/sha256:12', 404, 'NAME_UNKNOWN'],
  ['GET', '/metrics', 404, 'NAME_UNKNOWN'],
  ['PUT', '/v2/a/manifests/latest', 405, 'UNSUPPORTED'],
  ['POST', '/v2/a/blobs/uploads/', 405, 'UNSUPPORTED'],
])('%s %s gets %i on the port', async (method, path, status, code) => {
  await using origin = await startOrigin((_seen, response) => reply(response, 200));
  await using egress = await startFixture(origin.url);
  const got = await egress.ask(path, { method });
  expect([got.status, JSON.parse(got.body).errors[0].code]).toEqual([status, code]);
  expect(origin.seen).toEqual([]);
});

test('the error for an unknown upstream id names it', async () => {
  await using egress = await startFixture('http://127.0.0.1:1');
  const got = await egress.ask('/v2/a/tags/list', { id: 'other' });
  expect([got.status, JSON.parse(got.body).errors[0].message]).toEqual([
    404,
    'no upstream has the id "other"',
  ]);
});

test('the socket replaces a stale one, and other users cannot open it', async () => {
  await using egress = await startFixture('http://127.0.0.1:1');
  expect((await stat(egress.socket)).mode & 0o777).toBe(0o660);
  expect(
    (await egress.ask('/readyz', { over: 'socket', headers: { authorization: '' } })).body,
  ).toBe('ok');
});

test('the metrics page holds metrics of egress, of the workers and of HAProxy', async () => {
  await using origin = await startOrigin((_seen, response) => reply(response, 200, '{"tags":[]}'));
  await using egress = await startFixture(origin.url);
  await egress.ask('/v2/a/tags/list');
  await egress.write('cleaner.prom', 'cleaner_freed_bytes 7');
  const page = async () =>
    (await egress.ask('/metrics', { over: 'socket', headers: { authorization: '' } })).body;
  const without = await page();
  expect(without).toContain('registry_cache_haproxy_metrics_up 0\n');
  expect(without).toContain('\ncleaner_freed_bytes 7\n');
  expect(without).toContain('requests_total{upstream="up.example.com",kind="tags",status="200"} 1');
  expect(without).toContain('bytes_total{upstream="up.example.com"} 11');
  const haproxy = createServer((_request, response) => response.end('haproxy_up 1'));
  await new Promise<void>((resolve) => haproxy.listen(join(egress.dir, 'haproxy.sock'), resolve));
  const withIt = await page();
  haproxy.closeAllConnections();
  haproxy.close();
  expect(withIt).toContain('registry_cache_haproxy_metrics_up 1\n');
  expect(withIt).toContain('\nhaproxy_up 1\n');
});

test('upstreams follow the options file, and a broken file changes nothing', async () => {
  await using one = await startOrigin((_seen, response) => reply(response, 200, 'one'));
  await using two = await startOrigin((_seen, response) => reply(response, 200, 'two'));
  await using egress = await startFixture(one.url);
  const tags = async (id = 'up') => (await egress.ask('/v2/a/tags/list', { id })).body;
  expect(await tags()).toBe('one');
  const upstream = upstreamAt(two.url);
  await egress.setOptions({ upstreams: [upstream, { ...upstream, id: 'new', url: one.url }] });
  expect([await tags(), await tags('new')]).toEqual(['two', 'one']);
  await writeFile(join(egress.dir, 'options.json'), '{');
  expect([await tags(), await tags()]).toEqual(['two', 'two']);
  const complaints = egress.log.filter(({ msg }) => msg === 'kept the last good content of a file');
  expect(complaints).toHaveLength(1);
  await egress.setOptions({ upstreams: [upstream] });
  expect(await tags('new')).toContain('NAME_UNKNOWN');
});
