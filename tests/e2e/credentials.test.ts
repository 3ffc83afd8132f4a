import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Appliance,
  createSkopeoClient,
  makeImage,
  makeTemporaryFolder,
  pushBundle,
  type RegistryProcess,
  startTokenService,
  type TemporaryFolder,
  type TokenService,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readError } from './responses.ts';
import { openStage, type Stage, type UpstreamUse } from './stage.ts';

/** bcrypt reads 72 bytes of a password, and so does a registry's htpasswd. Each half fits. */
const PRINTABLE = String.fromCharCode(...Array.from({ length: 95 }, (_, index) => 32 + index));
const HALVES = [PRINTABLE.slice(0, 48), PRINTABLE.slice(48)] as const;
const WHOLE = `${PRINTABLE}:äß€`;
const REFRESH = 'refresh+token/with=signs&more';
const IMAGE = makeImage({ seed: 'credentials' });

let stage: Stage;
let helpers: TemporaryFolder;
let basic: RegistryProcess;
let tokens: TokenService;
let appliance: Appliance;

beforeAll(async () => {
  stage = await openStage();
  const host = stage.network.gateway;
  const passwords = { first: HALVES[0], second: HALVES[1], colons: 'a:b::c:' };
  basic = await stage.upstream({ passwords });
  const credentials = { username: 'colons', password: passwords.colons };
  await pushBundle({ ...basic, credentials }, 'team/app', 'v1', IMAGE);

  tokens = stage.use(
    await startTokenService({ host, passwords: { all: WHOLE, helped: 'from-helper' } }),
  );
  tokens.policy.refreshTokens.set(REFRESH, 'refreshed');
  const bearer = await stage.upstream({ tokens: tokens.trust });
  const token = await tokens.issue('repository:team/app:pull,push');
  await pushBundle({ ...bearer, token }, 'team/app', 'v1', IMAGE);

  helpers = stage.use(await makeTemporaryFolder('helpers'));
  await chmod(helpers.path, 0o755);
  await writeHelper('{"ServerURL":"helped.test","Username":"helped","Secret":"from-helper"}');
  const auth = (text: string) => ({ auth: Buffer.from(text).toString('base64') });
  const use = (url: string, rest: Partial<UpstreamUse>): UpstreamUse => ({ url, ...rest });
  appliance = await stage.appliance(
    {
      'basic-auth.test': use(basic.url, { entry: auth(`first:${HALVES[0]}`) }),
      'basic-form.test': use(basic.url, { entry: { username: 'second', password: HALVES[1] } }),
      'basic-colons.test': use(basic.url, { entry: auth('colons:a:b::c:') }),
      'basic-wrong.test': use(basic.url, { entry: auth('colons:wrong-s3cret') }),
      'basic-none.test': use(basic.url, {}),
      'bearer-auth.test': use(bearer.url, { entry: auth(`all:${WHOLE}`) }),
      'bearer-form.test': use(bearer.url, { entry: { username: 'all', password: WHOLE } }),
      'bearer-identity.test': use(bearer.url, {
        entry: { ...auth('<token>:unused'), identitytoken: REFRESH },
      }),
      'bearer-registry.test': use(bearer.url, {
        entry: { registrytoken: await tokens.issue('repository:team/app:pull') },
      }),
      'bearer-none.test': use(bearer.url, {}),
      'bearer-wrong.test': use(bearer.url, { entry: auth('all:wrong-s3cret') }),
      'bearer-revoked.test': use(bearer.url, { entry: { identitytoken: 'revoked-s3cret' } }),
      'helped.test': use(bearer.url, { helper: 'testbed' }),
    },
    {
      extraMounts: [
        `${helpers.path}/docker-credential-testbed:/usr/local/bin/docker-credential-testbed:ro`,
      ],
    },
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

beforeEach(() => {
  tokens.requests.length = 0;
});

/** A credential helper that knows one server, and answers the expected request only. */
async function writeHelper(answer: string): Promise<void> {
  const script = `#!/bin/sh
read -r server
if [ "$1 $server" = "get helped.test" ]; then echo '${answer}'; else exit 1; fi
`;
  const path = join(helpers.path, 'docker-credential-testbed');
  await writeFile(path, script);
  await chmod(path, 0o755);
}

describe('credentials in the pull secret', () => {
  it.each(['basic-auth.test', 'basic-form.test', 'basic-colons.test'])(
    'work unchanged for Basic: %s',
    async (name) => {
      await using skopeo = await createSkopeoClient({ ca: appliance.ca });
      const copied = await skopeo.copy(`${appliance.registry}/${name}/team/app:v1`);
      expect(copied).toMatchObject({ exitCode: 0 });
    },
  );

  it.each([
    ['bearer-auth.test', { grant: 'basic', username: 'all', password: WHOLE }],
    ['bearer-form.test', { grant: 'basic', username: 'all', password: WHOLE }],
    ['bearer-identity.test', { grant: 'refresh_token', refreshToken: REFRESH }],
    ['bearer-none.test', { grant: 'anonymous' }],
    ['helped.test', { grant: 'basic', username: 'helped', password: 'from-helper' }],
  ])('work unchanged for a token service: %s', async (name, question) => {
    await using skopeo = await createSkopeoClient({ ca: appliance.ca });
    const copied = await skopeo.copy(`${appliance.registry}/${name}/team/app:v1`);
    expect(copied).toMatchObject({ exitCode: 0 });
    // One token serves the whole pull.
    expect(tokens.requests).toEqual([
      expect.objectContaining({ ...question, status: 200, scopes: ['repository:team/app:pull'] }),
    ]);
  });

  it('never go to a token service if they are a token for the registry', async () => {
    await using skopeo = await createSkopeoClient({ ca: appliance.ca });
    const copied = await skopeo.copy(`${appliance.registry}/bearer-registry.test/team/app:v1`);
    expect(copied).toMatchObject({ exitCode: 0 });
    expect(tokens.requests).toEqual([]);
  });
});

describe('credentials that are refused', () => {
  it.each([
    ['basic-wrong.test', 'basic-wrong.test answered 401'],
    ['basic-none.test', 'basic-none.test answered 401'],
    ['bearer-wrong.test', 'the token service of bearer-wrong.test, answered 401'],
    ['bearer-revoked.test', 'the token service of bearer-revoked.test, answered 401'],
  ])('lead to the upstream’s 401, without a secret or a challenge: %s', async (name, said) => {
    await using client = appliance.client();
    const { top, blobs } = IMAGE;
    const paths = ['manifests/v1', `manifests/${top.digest}`, `blobs/${blobs[1]?.digest}`];
    for (const path of [...paths, 'tags/list']) {
      const answer = await client.get(`/v2/${name}/team/app/${path}`);
      const error = readError(answer);
      expect([path, error.status, error.code]).toEqual([path, 401, 'UNAUTHORIZED']);
      expect(error.message).toContain(said);
      expect(answer.text()).not.toContain('s3cret');
    }
  });

  it('are reported by skopeo with the upstream’s name', async () => {
    await using skopeo = await createSkopeoClient({ ca: appliance.ca });
    const { exitCode, stderr } = await skopeo.inspect(
      `${appliance.registry}/basic-wrong.test/team/app:v1`,
    );
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('basic-wrong.test answered 401 Unauthorized');
    expect(stderr).not.toContain('s3cret');
  });
});

describe('a credential helper', () => {
  it('is asked again after its credentials were refused', async () => {
    await using client = appliance.client();
    const list = () => client.get('/v2/helped.test/team/rotated/tags/list');
    tokens.policy.passwords.set('helped', 'rotated');
    expect((await list()).status).toBe(401);
    await writeHelper('{"Username":"helped","Secret":"rotated"}');
    // The registry's own 404 proves that it accepted the token.
    expect((await list()).status).toBe(404);
    expect(tokens.requests.at(-1)).toMatchObject({ password: 'rotated', status: 200 });
  });
});
