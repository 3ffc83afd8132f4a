import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Appliance,
  type Bundle,
  basicAuthorization,
  createCertificateAuthority,
  createSkopeoClient,
  type FaultProxy,
  makeTemporaryFolder,
  pushBundle,
  startFaultProxy,
  startTokenService,
  type TokenService,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStage, pushImage, type Stage } from './stage.ts';
import { listTargets, pullTargets } from './traffic.ts';

const GUEST = { username: 'guest', password: 'guest-s3cret' };

let stage: Stage;
let appliance: Appliance;
let image: Bundle;
let other: Bundle;
let tokens: TokenService;
let own: FaultProxy;
let first: FaultProxy;
let second: FaultProxy;
let writeClient: (authority: 'good' | 'other') => Promise<void>;

beforeAll(async () => {
  stage = await openStage();
  const host = stage.network.gateway;
  const plain = await stage.upstream();
  image = await pushImage(plain, 'team/app', 'v1', { seed: 'places' });
  other = await pushImage(plain, 'team/app', 'v2', { seed: 'other places' });

  // A registry with tokens, of which the upstream is the part below docker-remote.
  tokens = stage.use(await startTokenService({ host }));
  const remote = await stage.upstream({ tokens: tokens.trust });
  const token = await tokens.issue('repository:docker-remote/team/app:pull,push');
  await pushBundle({ ...remote, token }, 'docker-remote/team/app', 'v1', image);

  // Two mirrors, the second with a login and a path.
  const guarded = await stage.upstream({ passwords: { [GUEST.username]: GUEST.password } });
  await pushBundle({ ...guarded, credentials: GUEST }, 'hub/team/app', 'v1', image);
  own = stage.use(await startFaultProxy({ host, upstream: plain.url }));
  first = stage.use(await startFaultProxy({ host, upstream: plain.url }));
  second = stage.use(await startFaultProxy({ host, upstream: guarded.url }));

  // A registry that requires a client certificate.
  const authority = await createCertificateAuthority();
  const stranger = await createCertificateAuthority('another authority');
  const tls = await authority.issue({ names: ['mtls.test'] });
  const clientCa = authority.certificatePem;
  const shy = stage.use(await startFaultProxy({ host, upstream: plain.url, tls, clientCa }));
  const folder = stage.use(await makeTemporaryFolder('client-certificate'));
  await chmod(folder.path, 0o755);
  const write = (name: string, text: string) =>
    writeFile(join(folder.path, name), text, { mode: 0o600 });
  writeClient = async (which) => {
    const issuer = which === 'good' ? authority : stranger;
    const { certificatePem, keyPem } = await issuer.issue({ names: ['the cache'] });
    await write('client.pem', certificatePem);
    await write('client-key.pem', keyPem);
  };
  await writeClient('good');
  // Only the server's own certificate is trusted.
  await write('server.pem', tls.certificatePem);

  const mirrorHost = second.url.replace('http://', '');
  appliance = await stage.appliance(
    {},
    {
      hosts: { 'mtls.test': host },
      extraMounts: [`${folder.path}:/client:ro`],
      pullSecret: {
        auths: {
          'path.test': {},
          'mirrored.test': { auth: basicAuthorization(OWNER).replace('Basic ', '') },
          'mtls.test': {},
          [mirrorHost]: { auth: basicAuthorization(GUEST).replace('Basic ', '') },
        },
      },
      policyYaml: JSON.stringify({
        upstreams: {
          'path.test': { url: `${remote.url}/docker-remote` },
          'mirrored.test': {
            url: own.url,
            mirrors: [first.url, `${second.url}/hub`],
            tags: { enabled: false },
          },
          'mtls.test': {
            url: `https://mtls.test:${shy.port}`,
            ca: '/client/server.pem',
            clientCertificate: { cert: '/client/client.pem', key: '/client/client-key.pem' },
          },
        },
      }),
    },
  );
});

const OWNER = { username: 'owner', password: 'owner-s3cret' };

afterAll(() => stage[Symbol.asyncDispose]());

describe('an upstream below a path', () => {
  it('is pulled from by its names in the cache', async () => {
    await using skopeo = await createSkopeoClient({ ca: appliance.ca });
    const copied = await skopeo.copy(`${appliance.registry}/path.test/team/app:v1`);
    expect(copied).toMatchObject({ exitCode: 0 });
    expect(tokens.requests.flatMap(({ scopes }) => scopes)).toEqual([
      'repository:docker-remote/team/app:pull',
    ]);
  });

  it('lists tags, and pages of them, by those names', async () => {
    await using client = appliance.client();
    const list = await client.get('/v2/path.test/team/app/tags/list?n=1');
    expect(list.json()).toEqual({ name: 'team/app', tags: ['v1'] });
    expect(list.headers.link ?? '').not.toContain('docker-remote');
  });

  it('has those names in errors', async () => {
    await using client = appliance.client();
    const answer = await client.get('/v2/path.test/team/none/manifests/v1');
    expect(answer.status).toBe(404);
    expect(answer.text()).not.toContain('docker-remote');
  });
});

describe('mirrors of an upstream', () => {
  const prune = () => appliance.exec(['bash', '-c', EMPTY_STORE], { user: '0' });
  const pull = () => pullTargets(appliance, listTargets('mirrored.test', 'team/app', 'v1', image));
  const asked = (faultProxy: FaultProxy) => faultProxy.count({ kind: ['manifest', 'blob'] });

  beforeEach(async () => {
    await prune();
    for (const faultProxy of [own, first, second]) {
      faultProxy.setRules();
      faultProxy.forget();
    }
  });

  it('are asked in their order, and the upstream is not asked', async () => {
    await pull();
    expect([asked(first) > 0, asked(second), asked(own)]).toEqual([true, 0, 0]);
    const shown = first.seen.map(({ headers }) => headers.authorization);
    expect(shown.filter(Boolean)).toEqual([]);
  });

  it('that refuse are followed by the next one, with its own credentials', async () => {
    first.setRules({ do: { respond: { status: 403, body: 'no' } } });
    await pull();
    expect([asked(second) > 0, asked(own)]).toEqual([true, 0]);
    const shown = second.seen.map(({ headers }) => headers.authorization).filter(Boolean);
    expect(new Set(shown)).toEqual(new Set([basicAuthorization(GUEST)]));
    expect(second.seen.every(({ path }) => /^\/v2\/($|hub\/)/.test(path))).toBe(true);
  });

  it('may all be down, and then the upstream is asked', async () => {
    await first.pause();
    await second.pause();
    await pull();
    expect(asked(own)).toBeGreaterThan(0);
    await first.resume();
    await second.resume();
    await until('they are asked again', async () => {
      await prune();
      await pull();
      return asked(first) > 0;
    });
  });

  it('may send wrong bytes, and then the next one is asked', async () => {
    first.setRules({ when: { kind: 'blob' }, do: { corruptByte: 1 } });
    // The second mirror lacks this image.
    await pullTargets(appliance, listTargets('mirrored.test', 'team/app', 'v2', other));
    expect(asked(own)).toBeGreaterThan(0);
    expect(await appliance.logs()).toContain('mirror sent wrong bytes and is left alone');
  });
});

describe('a registry that requires a client certificate', () => {
  let asks = 0;
  /** Requests a tag that does not exist and was not requested before. */
  const ask = async () => {
    asks += 1;
    await using client = appliance.client();
    return (await client.get(`/v2/mtls.test/team/app/manifests/none-${asks}`)).status;
  };

  it('gets one, whose key no other program can read', async () => {
    await pullTargets(appliance, listTargets('mtls.test', 'team/app', 'v1', image));
    const file = '/run/registry-cache/secrets/client-certificates.json';
    const { stdout } = await appliance.exec(['stat', '-c', '%a', file], { user: '0' });
    expect(stdout.trim()).toMatch(/^6[04]0$/);
    const found = await appliance.exec(['grep', '-rl', 'PRIVATE KEY', '/run/registry-cache/etc'], {
      user: '0',
    });
    expect(
      found.stdout.split('\n').filter((path) => path !== '' && !/certs\.pem$/.test(path)),
    ).toEqual([]);
  });

  it('gets another one after the files have changed', async () => {
    await writeClient('other');
    await until('the other one is refused', async () => [502, 503].includes(await ask()));
    await writeClient('good');
    await until('the good one is taken', async () => (await ask()) === 404);
  });
});

/** Removes all links, tags and data, as before the first pull. */
const EMPTY_STORE =
  'cd /var/lib/registry && rm -rf blobs/sha256/* registries/mirrored.test/docker/registry/v2/repositories/*';
