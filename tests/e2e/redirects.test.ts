import {
  type Appliance,
  basicAuthorization,
  type Cdn,
  createPodmanClient,
  type FaultProxy,
  layersOf,
  listenInterruptible,
  makeImage,
  pushBundle,
  type RegistryProcess,
  startCdn,
  startFaultProxy,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readError } from './responses.ts';
import { openStage, type Stage } from './stage.ts';

const USER = { username: 'robot', password: 'for-the-registry-only' };
const IMAGE = makeImage({ seed: 'redirects', layerSizesBytes: [1000, 2000] });
let stage: Stage;
let registry: RegistryProcess;
let cdn: Cdn;
let faultProxy: FaultProxy;
let appliance: Appliance;

beforeAll(async () => {
  stage = await openStage();
  const host = stage.network.gateway;
  registry = await stage.upstream({ passwords: { [USER.username]: USER.password } });
  await pushBundle({ ...registry, credentials: USER }, 'team/app', 'v1', IMAGE);
  cdn = stage.use(await startCdn({ host, storageDir: registry.storageDir }));
  faultProxy = stage.use(await startFaultProxy({ host, upstream: registry.url }));
  const upstream = { url: faultProxy.url, entry: USER };
  appliance = await stage.appliance(
    { 'reg.test': upstream, 'inward.test': upstream },
    { hosts: { 'bytes.test': host, 'me.test': '127.0.0.1' } },
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

it('Authorization is not sent to another host that has the blobs', async () => {
  faultProxy.setRules({
    when: { kind: 'blob', headers: { authorization: /^Basic / } },
    do: { redirect: ({ reference }) => cdn.signedUrl(reference, `http://bytes.test:${cdn.port}`) },
  });
  await using podman = await createPodmanClient({ ca: appliance.ca });
  const pulled = await podman.pull(`${appliance.registry}/reg.test/team/app:v1`);
  expect(pulled).toMatchObject({ exitCode: 0 });
  const digests = new Set(cdn.seen.map(({ digest }) => digest));
  expect(digests).toEqual(new Set(IMAGE.blobs.map(({ digest }) => digest)));
  expect(cdn.seen.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
  // The registry itself did get the header.
  expect(faultProxy.count({ kind: 'blob', headers: { authorization: /^Basic / } })).toBeGreaterThan(
    0,
  );
});

/** Each of them answers inside the container, or would answer in a cloud. */
const INNER = [
  ['the health port', 'http://127.0.0.1:8081/metrics'],
  ['egress', 'http://127.0.0.1:5001/v2/'],
  ['a name for loopback', 'http://me.test:8081/metrics'],
  ['loopback in IPv6', 'http://[::1]:8081/metrics'],
  ['loopback as an IPv4-mapped IPv6 address', 'http://[::ffff:127.0.0.1]:8081/metrics'],
  ['the unspecified address', 'http://0.0.0.0:8081/metrics'],
  ['the metadata service', 'http://169.254.169.254/latest/meta-data/'],
] as const;

it.each(INNER)('egress does not follow a redirect to %s', async (name, url) => {
  faultProxy.setRules({ when: { kind: ['blob', 'manifest'] }, do: { redirect: () => url } });
  await using client = appliance.client();
  const digest = layersOf(IMAGE)[0]?.digest;
  for (const kind of [`blobs/${digest}`, `manifests/${name.replaceAll(' ', '-')}`]) {
    const error = readError(await client.get(`/v2/inward.test/team/app/${kind}`));
    expect(error).toMatchObject({ status: 502, code: 'UNAVAILABLE' });
    expect(error.message).toMatch(
      /^inward\.test could not be asked: refused to follow: .*may lead to$/,
    );
  }
});

it('egress sends its credentials to no token service at an internal address', async () => {
  const asked: (string | undefined)[] = [];
  await using tokens = await listenInterruptible({
    host: stage.network.gateway,
    onRequest: ({ headers }, response) => {
      asked.push(headers.authorization);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"token":"good"}');
    },
  });
  const challenge = (realm: string) =>
    faultProxy.setRules({
      when: { kind: 'tags', headers: { authorization: /^(?!Bearer good)/ } },
      do: {
        respond: { status: 401, headers: { 'www-authenticate': `Bearer realm="${realm}"` } },
      },
    });
  await using client = appliance.client();
  challenge('http://127.0.0.1:8081/metrics');
  const plain = readError(await client.get('/v2/inward.test/team/plain/tags/list'));
  expect(plain.message).toContain('refused to send credentials to 127.0.0.1:8081 over plain http');
  challenge('https://127.0.0.1:8443/token');
  const inside = readError(await client.get('/v2/inward.test/team/inside/tags/list'));
  expect(inside.message).toContain('127.0.0.1 is not an address that this upstream may lead to');
  // The upstream's own address is private, so another port of it is allowed.
  challenge(`${tokens.url}/token`);
  await client.get('/v2/inward.test/team/two/tags/list');
  expect(asked).toEqual([basicAuthorization(USER)]);
});
