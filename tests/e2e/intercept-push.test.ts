import {
  createCertificateAuthority,
  createSkopeoClient,
  makeImage,
  pushBundle,
  type RegistryProcess,
  startTokenService,
  type TokenService,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, pushImage, type Stage } from './stage.ts';
import { askThrough, type ProxyAppliance, startProxy } from './through-proxy.ts';

const WRITER = { username: 'writer', password: 'writer-S3cret' };
let stage: Stage;
let open: RegistryProcess;
let basic: RegistryProcess;
let bearer: RegistryProcess;
let tokens: TokenService;
let closed: TokenService;
let proxy: ProxyAppliance;

beforeAll(async () => {
  stage = await openStage();
  const host = stage.network.gateway;
  const passwords = { [WRITER.username]: WRITER.password };
  tokens = stage.use(await startTokenService({ host, passwords, anonymous: true }));
  open = await stage.upstream();
  basic = await stage.upstream({ passwords });
  bearer = await stage.upstream({ tokens: tokens.trust });
  await pushImage(open, 'team/app', 'v1', { seed: 'pushed', layerSizesBytes: [3_000_000, 1000] });
  const token = await tokens.issue('repository:team/app:pull,push');
  await pushBundle({ ...bearer, token }, 'team/app', 'v1', makeImage({ seed: 'bearer' }));
  const people = { ...passwords, reader: 'reader-S3cret' };
  // The cache never sends a login over plain HTTP.
  const authority = await createCertificateAuthority();
  const tls = await authority.issue({ names: [host] });
  const ca = authority.certificatePem;
  closed = stage.use(await startTokenService({ host, tls, passwords: people, anonymous: false }));
  const secret = await stage.upstream({ tokens: closed.trust });
  const pushing = await closed.issue('repository:team/app:pull,push');
  await pushBundle({ ...secret, token: pushing }, 'team/app', 'v1', makeImage({ seed: 'secret' }));
  proxy = await startProxy(
    stage,
    {
      'open.test': { url: open.url },
      'basic.test': { url: basic.url },
      'bearer.test': { url: bearer.url },
      'secret.test': { url: secret.url, ca },
    },
    {
      env: {
        ALLOW_PUSH: 'true',
        AUTH_REGISTRIES: `${host}:${closed.port}|reader|reader-S3cret`,
        AUTH_REGISTRY_DELIMITER: '|',
      },
    },
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

describe('a push that the settings allow', () => {
  it.each(['open.test', 'basic.test'])('goes to %s, with the client’s own login', async (name) => {
    const registry = name === 'open.test' ? open : basic;
    await registry.forget();
    await using skopeo = await createSkopeoClient({
      ca: await proxy.ca(),
      proxy: proxy.url,
      logins: { 'basic.test': WRITER },
    });
    const { folder, exitCode } = await skopeo.copy('open.test/team/app:v1');
    expect(exitCode).toBe(0);
    const push = await skopeo.run('copy', `dir:${folder}`, `docker://${name}/new/app:v1`);
    expect(push).toMatchObject({ exitCode: 0 });
    const methods = (await registry.requests()).map(({ method }) => method);
    expect(methods).toEqual(expect.arrayContaining(['POST', 'PATCH', 'PUT']));
    // The pushed image can be pulled. For a private one the cache uses its own login.
    const pulled = await askThrough(proxy, `${name}:443`, '/v2/new/app/manifests/v1', {
      ca: await proxy.ca(),
    });
    expect(pulled.status).toBe(name === 'open.test' ? 200 : 401);
  });

  it('is refused by the registry if the client has no login', async () => {
    await using skopeo = await createSkopeoClient({ ca: await proxy.ca(), proxy: proxy.url });
    const { folder } = await skopeo.copy('open.test/team/app:v1');
    const push = await skopeo.run('copy', `dir:${folder}`, 'docker://basic.test/new/none:v1');
    expect(push.exitCode).not.toBe(0);
    expect(push.stderr).toMatch(/unauthorized|authentication required/);
  });

  it('is challenged by the registry’s own token service', async () => {
    const ca = await proxy.ca();
    const found = await askThrough(proxy, 'bearer.test:443', '/v2/', { ca });
    expect(found.status).toBe(401);
    expect(found.headers['www-authenticate']).toContain(`realm="${tokens.url}/token"`);
    const token = await tokens.issue('repository:new/app:pull,push');
    const started = await askThrough(proxy, 'bearer.test:443', '/v2/new/app/blobs/uploads/', {
      ca,
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-length': '0' },
    });
    expect(started.status).toBe(202);
    expect(started.headers.location).toMatch(
      /^https:\/\/bearer\.test\/v2\/new\/app\/blobs\/uploads\//,
    );
  });

  it('needs the client’s login where a pull uses the cache’s own', async () => {
    const ca = await proxy.ca();
    await using nobody = await createSkopeoClient({ ca, proxy: proxy.url });
    const { folder, exitCode } = await nobody.copy('secret.test/team/app:v1');
    expect(exitCode).toBe(0);
    const push = ['copy', `dir:${folder}`, 'docker://secret.test/new/app:v1'];
    expect((await nobody.run(...push)).exitCode).not.toBe(0);
    closed.requests.length = 0;
    const logins = { 'secret.test': WRITER };
    await using writer = await createSkopeoClient({ ca, proxy: proxy.url, logins });
    expect(await writer.run(...push)).toMatchObject({ exitCode: 0 });
    expect(closed.requests).toContainEqual(
      expect.objectContaining({ username: WRITER.username, status: 200 }),
    );
  });

  it('leaves pulls to the cache, also while the registry is gone', async () => {
    await using skopeo = await createSkopeoClient({ ca: await proxy.ca(), proxy: proxy.url });
    expect(await skopeo.copy('open.test/team/app:v1')).toMatchObject({ exitCode: 0 });
    await open.stop();
    try {
      expect(await skopeo.copy('open.test/team/app:v1')).toMatchObject({ exitCode: 0 });
    } finally {
      await open.start();
    }
  });
});
