import {
  type Appliance,
  createCertificateAuthority,
  createPodmanClient,
  createSkopeoClient,
  type ForwardProxy,
  makeImage,
  type RegistryProcess,
  startCdn,
  startFaultProxy,
  startForwardProxy,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { readError } from './responses.ts';
import { openStage, pushImage, type Stage } from './stage.ts';

const USER = { username: 'proxied', password: 'pr%xy@s3cret:' };
const IMAGE = makeImage({ seed: 'proxy' });
let stage: Stage;
let proxy: ForwardProxy;
let plain: RegistryProcess;
let secure: RegistryProcess;
let near: RegistryProcess;
let bytes: { readonly port: number };
let appliance: Appliance;

beforeAll(async () => {
  stage = await openStage();
  const host = stage.network.gateway;
  const authority = await createCertificateAuthority();
  const tls = await authority.issue({ names: ['secure.test', 'cdn.test', 'bytes.test'] });
  plain = await stage.upstream();
  secure = await stage.upstream({ tls });
  near = await stage.upstream();
  for (const registry of [plain, secure, near]) {
    await pushImage({ ...registry, trustAnyone: true }, 'team/app', 'v1', { seed: 'proxy' });
  }
  const cdn = stage.use(await startCdn({ host, tls, storageDir: secure.storageDir }));
  bytes = cdn;
  const redirect = ({ reference }: { reference: string }) =>
    cdn.signedUrl(reference, `https://bytes.test:${cdn.port}`);
  const faultProxy = stage.use(
    await startFaultProxy({
      host,
      tls,
      upstream: secure.url,
      rules: [{ when: { kind: 'blob' }, do: { redirect } }],
    }),
  );
  // Only the proxy can resolve these names, so requests past it fail.
  const hosts = { 'plain.test': host, 'secure.test': host, 'cdn.test': host, 'bytes.test': host };
  proxy = stage.use(await startForwardProxy({ host, hosts, credentials: USER }));
  const account = `${USER.username}:${encodeURIComponent(USER.password)}`;
  const address = `http://${account}@${host}:${proxy.port}`;
  appliance = await stage.appliance(
    {
      'plain.test': { url: `http://plain.test:${plain.port}` },
      'secure.test': { url: `https://secure.test:${secure.port}` },
      'cdn.test': { url: `https://cdn.test:${faultProxy.port}` },
      'near.test': { url: `http://near.test:${near.port}` },
      'lost.test': { url: 'https://lost.test' },
    },
    {
      upstreamCa: authority.certificatePem,
      hosts: { 'near.test': host },
      env: {
        HTTPS_PROXY: address,
        http_proxy: address,
        NO_PROXY: 'other.test, .near.test,near.test',
      },
    },
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

beforeEach(() => {
  proxy.seen.length = 0;
});

async function copy(name: string): Promise<void> {
  await using skopeo = await createSkopeoClient({ ca: appliance.ca });
  const copied = await skopeo.copy(`${appliance.registry}/${name}/team/app:v1`);
  expect(copied).toMatchObject({ exitCode: 0 });
}

it('egress asks an https upstream through a tunnel', async () => {
  await copy('secure.test');
  const targets = proxy.seen.map(({ method, target }) => `${method} ${target}`);
  expect(new Set(targets)).toEqual(new Set([`CONNECT secure.test:${secure.port}`]));
});

it('egress asks an http upstream by absolute URLs', async () => {
  await copy('plain.test');
  const wanted = IMAGE.blobs.map(
    ({ digest }) => `http://plain.test:${plain.port}/v2/team/app/blobs/${digest}`,
  );
  expect(proxy.seen.map(({ target }) => target)).toEqual(expect.arrayContaining(wanted));
  expect(proxy.seen.filter(({ status }) => status !== 200)).toEqual([]);
});

it('egress also follows redirects through the proxy', async () => {
  await using podman = await createPodmanClient({ ca: appliance.ca });
  const pulled = await podman.pull(`${appliance.registry}/cdn.test/team/app:v1`);
  expect(pulled).toMatchObject({ exitCode: 0 });
  expect(proxy.seen.map(({ target }) => target)).toContain(`bytes.test:${bytes.port}`);
});

it('egress asks hosts in NO_PROXY directly', async () => {
  await copy('near.test');
  expect(proxy.seen).toEqual([]);
});

it('a refusal of the proxy is reported with the upstream’s name, without the password', async () => {
  await using client = appliance.client();
  const answer = await client.get('/v2/lost.test/team/app/manifests/v1');
  const error = readError(answer);
  expect(error).toMatchObject({ status: 502, code: 'UNAVAILABLE' });
  expect(error.message).toMatch(
    /^lost\.test could not be asked: the outbound proxy for lost\.test/,
  );
  const told = [answer.text(), await appliance.logs()].join('\n');
  const spellings = [USER.password, encodeURIComponent(USER.password)];
  expect(spellings.filter((spelling) => told.includes(spelling))).toEqual([]);
});

it('stored content is served while the proxy is down, and errors name the proxy', async () => {
  await proxy.pause();
  try {
    await copy('plain.test');
    await using client = appliance.client();
    const error = readError(await client.get('/v2/secure.test/team/cold/manifests/v1'));
    expect(error).toMatchObject({ status: 502, code: 'UNAVAILABLE' });
    expect(error.message).toContain('through the outbound proxy, refused the connection');
  } finally {
    await proxy.resume();
  }
});
