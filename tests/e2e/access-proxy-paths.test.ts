import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { basicAuthorization, type RegistryProcess } from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeUpstreams, openStage, pushImage, type Stage } from './stage.ts';
import { openTunnel, type ProxyAppliance, startProxy } from './through-proxy.ts';

const EVERYTHING = ['pull', 'fetch', 'push', 'delete'];
const ACCESS = {
  rules: [
    { images: ['**'], allow: EVERYTHING },
    { images: ['reg.test/team/forbidden'], deny: EVERYTHING },
    { images: ['reg.test/team/app:latest'], deny: ['push'] },
  ],
};
const ADMISSION = [{ images: ['reg.test/team/forbidden'], minimumAge: '3d' }];
let stage: Stage;
let registry: RegistryProcess;
let proxy: ProxyAppliance;
let checking: ProxyAppliance;
let digest: string;

beforeAll(async () => {
  stage = await openStage();
  registry = await stage.upstream();
  digest = (await pushImage(registry, 'team/forbidden', 'v1', { seed: 'forbidden' })).top.digest;
  await pushImage(registry, 'team/app', 'v1', { seed: 'app' });
  proxy = await start({ access: ACCESS });
  checking = await start({ admission: ADMISSION });
});

afterAll(() => stage[Symbol.asyncDispose]());

function start(rules: object): Promise<ProxyAppliance> {
  const { policyYaml } = describeUpstreams({ 'reg.test': registry });
  const policy = JSON.stringify({ ...JSON.parse(policyYaml), ...rules });
  const env = { ALLOW_PUSH: 'true' };
  return startProxy(stage, { 'reg.test': registry }, { env, policyYaml: policy });
}

interface Exchange {
  readonly answer: string;
  /** What the registry was asked for. */
  readonly asked: readonly string[];
}

/** Sends a request line as it is, which HTTP clients would change. */
async function send(
  line: string,
  { by = proxy, target = 'reg.test:443' }: { by?: ProxyAppliance; target?: string } = {},
): Promise<Exchange> {
  const before = (await registry.requests()).length;
  const { socket, status, answer } = await openTunnel(by, target);
  if (status !== 200) return { answer, asked: [] };
  const ca = await by.ca();
  const secure = connectTls({ socket, ca, servername: 'reg.test', ALPNProtocols: ['http/1.1'] });
  const login = basicAuthorization({ username: 'client', password: 'of the registry' });
  const headers = [
    `Host: ${target.replace(/:443$/, '')}`,
    `Authorization: ${login}`,
    'Accept: */*',
    'Content-Length: 0',
    'Connection: close',
  ];
  const path = line.replace('DIGEST', digest).replace('HEX', digest.replace('sha256:', ''));
  secure.write(`${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);
  const said = await text(secure);
  const requests = (await registry.requests()).slice(before);
  return { answer: said, asked: requests.map(({ method, path: one }) => `${method} ${one}`) };
}

describe('rules of access, by HTTPS_PROXY', () => {
  it.each([
    'GET /v2/team/forbidden/manifests/v1',
    'GET /v2/team/forbidden/manifests/%761',
    'GET /v2/team//forbidden/manifests/v1',
    'GET /v2/team/forbidden//manifests/v1',
    'GET /v2/team/forbidden/manifests/v1/',
    'GET /v2/team//forbidden/tags/list',
    'GET /v2/team/forbidden/blobs/%73ha256%3AHEX',
    'GET /v2/team/forbidden/blobs/sha256%253AHEX',
    'GET /v2/team/forbidden/referrers/%73ha256%3AHEX',
    'GET /%76%32/team/forbidden/manifests/v1',
    'HEAD /v2/team/forbidden/blobs/DIGEST',
    'GET /v2/team/app/blobs/uploads/..%2f..%2f..%2fforbidden%2fmanifests%2fv1',
    'POST /v2/team//forbidden/blobs/uploads/',
    'PUT /v2/team/app/manifests/latest',
    'PUT /v2/team/app/manifests/%6Catest',
  ])('refuse %s, and ask the registry for nothing', async (line) => {
    const { answer, asked } = await send(line);
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(asked).toEqual([]);
  });

  it.each(['mount=DIGEST&from=team/forbidden', '%6Dount=DIGEST&fro%6D=team%2Fforbidden'])(
    'take no layer of another repository by an upload with %s',
    async (query) => {
      const { asked } = await send(`POST /v2/team/app/blobs/uploads/?${query}`);
      expect(asked.filter((one) => /forbidden|sha256/.test(one))).toEqual([]);
    },
  );

  it('let clients ask for a token to push with', async () => {
    const { answer } = await send('GET /registry-cache/token?service=x');
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('count for a host with a dot at its end, too', async () => {
    const { answer } = await send('GET /v2/team/forbidden/manifests/v1', {
      target: 'reg.test.:443',
    });
    expect(answer).toMatch(/^HTTP\/1\.1 403 .*\(rule 2\)/s);
  });
});

it.each([
  'GET /v2/team/forbidden/manifests/v1',
  'GET /v2/team/forbidden/manifests/%761',
  'GET /v2/team//forbidden/manifests/v1',
  'GET /%76%32/team/forbidden/manifests/v1',
])('images are checked by HTTPS_PROXY, too: %s', async (line) => {
  const { answer, asked } = await send(line, { by: checking });
  expect(answer).toMatch(/^HTTP\/1\.1 403 /);
  expect(asked.filter((one) => one.includes('%'))).toEqual([]);
});
