import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Appliance,
  basicAuthorization,
  makeHtpasswd,
  pullTarget,
  type RegistryProcess,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Guesser, type GuessWay, guessByIpv6, startGuesser } from './guesser.ts';
import { readEvents, readMetric } from './inside.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { listTargets, type Target } from './traffic.ts';

/** The cost of `htpasswd -BC 10`. */
const COST = 10;
const GUESSING_MS = 5_000;
/** Ten at once, then five a second, and some for the last ones under way. */
const MOST_JUDGED = 10 + 5 * (GUESSING_MS / 1_000 + 3);

let stage: Stage;
let upstream: RegistryProcess;
let appliance: Appliance;
let guesser: Guesser;
let targets: Target[];
/** A line of the htpasswd file for each user. The password is the user's name. */
const lines = new Map<string, string>();

beforeAll(async () => {
  stage = await openStage();
  upstream = await stage.upstream();
  const image = await pushImage(upstream, 'team/app', 'v1', { seed: 'guesses' });
  targets = listTargets('reg.test', 'team/app', 'v1', image);
  for (const user of ['ann', 'bob', 'carl', 'dora', 'emil', 'fay', 'gus']) {
    lines.set(user, await makeHtpasswd({ [user]: user }, COST));
  }
  appliance = await stage.appliance({ 'reg.test': upstream }, { passwords: { nobody: 'nobody' } });
  guesser = await startGuesser(stage, appliance);
  await appliance.writeHtpasswd([...lines.values()].join(''));
  await until('the users are known', () => pull('bob'));
  await until('also at the guesser', async () => (await askFromGuesser('bob')) === 200);
});

afterAll(() => stage[Symbol.asyncDispose]());

const login = (user: string) => basicAuthorization({ username: user, password: user });

/** Pulls the whole image by password or by a new token. False if the login is refused. */
async function pull(user: string, way: 'basic' | 'token' = 'basic'): Promise<boolean> {
  await using client = appliance.client({
    ...(way === 'basic' && { credentials: { username: user, password: user } }),
  });
  if (way === 'basic' && (await client.get('/v2/')).status === 401) return false;
  const headers = way === 'token' ? await fetchToken(user) : {};
  for (const target of targets) {
    const get: typeof client.get = (path, options) =>
      client.get(path, { headers: { ...headers, ...options?.headers } });
    await pullTarget({ ...client, get }, target);
  }
  return true;
}

async function fetchToken(user: string): Promise<Record<string, string>> {
  await using client = appliance.client();
  const answer = await client.get('/token', { headers: { authorization: login(user) } });
  expect(answer.status).toBe(200);
  return { authorization: `Bearer ${(answer.json() as { token: string }).token}` };
}

async function askFromGuesser(user: string): Promise<number | undefined> {
  const path = '/v2/reg.test/team/app/manifests/v1';
  const [status] = await guesser.ask({ path, authorization: login(user) });
  return status;
}

const countOf = async (outcome: string) =>
  (await readMetric(appliance, `registry_cache_auth_checks_total\\{outcome="${outcome}"\\}`)) ?? 0;

/** Passwords that bcrypt checked. The metrics are two seconds old at most. */
async function countJudged(): Promise<number> {
  await sleep(2_500);
  return countOf('refused');
}

describe.each<[GuessWay, string]>([
  ['basic', 'carl'],
  ['token', 'dora'],
  ['form', 'emil'],
])('guesses from one address by %s', (way, newcomer) => {
  let before: number;

  beforeEach(async () => {
    // By now the address has its whole burst again.
    before = await countJudged();
  });

  it('are checked at a few a second, and no pull stops, also none from that address', async () => {
    const guesses = guesser.guess(way, GUESSING_MS);
    await until('the guesser is limited', async () => (await countOf('limited')) > 0, {
      timeoutMs: GUESSING_MS,
    });
    expect(await pull('bob')).toBe(true);
    expect(await pull('bob', 'token')).toBe(true);
    expect(await askFromGuesser('bob')).toBe(200);
    // Users without an earlier check can log in at another address and at this one.
    expect(await pull(newcomer)).toBe(true);
    const token = { path: '/token', authorization: login(newcomer === 'carl' ? 'fay' : 'gus') };
    expect(await guesser.ask(token, { ...token, path: '/v2/' })).toEqual([200, 200]);
    const counts = await guesses;
    const { 401: judged = 0, 429: limited = 0, ...others } = counts;
    expect(others).toEqual({});
    expect(limited).toBeGreaterThan(judged);
    expect((await countJudged()) - before).toBeLessThanOrEqual(MOST_JUDGED);
    expect(judged).toBeLessThanOrEqual(MOST_JUDGED);
  });
});

describe('guesses', () => {
  it('at the token endpoint are dropped when their client hangs up', async () => {
    const before = await countJudged();
    await guesser.abandon(30);
    // By now all of them would have been checked.
    await sleep(4_000);
    expect((await countJudged()) - before).toBeLessThan(25);
    expect(await readMetric(appliance, 'registry_cache_auth_waiting')).toBe(0);
  });

  it('from IPv6 are counted for the network of the address', async () => {
    await guessByIpv6(appliance, 'fd00:1:2:3::7', 500);
    const refused = (await readEvents(appliance)).filter(
      ({ msg }) => msg === 'credentials refused',
    );
    expect(refused.map(({ client }) => client)).toContain('fd00:1:2:3::');
  });

  it('are logged from time to time, with the address and without the guess', async () => {
    const found = (await readEvents(appliance)).filter(({ msg }) => msg === 'credentials refused');
    const ofGuesser = found.filter(({ client }) => client === guesser.address);
    expect(ofGuesser.length).toBeGreaterThan(0);
    expect(ofGuesser.length).toBeLessThan(12);
    // Unknown names are not shown: one may be a password in the wrong field.
    expect(ofGuesser.filter(({ user }) => user !== undefined && user !== 'ann')).toEqual([]);
  });

  it('get 429 in the shape of the protocol', async () => {
    await using client = appliance.client();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => {
        const authorization = basicAuthorization({ username: 'ann', password: `wrong${index}` });
        return client.get('/v2/', { headers: { authorization } });
      }),
    );
    const limited = answers.find(({ status }) => status === 429);
    expect(limited?.headers).toMatchObject({
      'retry-after': '1',
      'docker-distribution-api-version': 'registry/2.0',
    });
    expect(limited?.json()).toMatchObject({ errors: [{ code: 'TOOMANYREQUESTS' }] });
  });

  it('do not stop known users after a reload, when only the auth worker remembers them', async () => {
    const guesses = guesser.guess('basic', GUESSING_MS);
    lines.set('hans', await makeHtpasswd({ hans: 'hans' }, COST));
    await appliance.writeHtpasswd([...lines.values()].join(''));
    await until('the new user is known', async () => (await pull('hans')) === true);
    expect(await pull('bob')).toBe(true);
    expect(await askFromGuesser('bob')).toBe(200);
    const { 401: judged = 0 } = await guesses;
    expect(judged).toBeLessThanOrEqual(MOST_JUDGED);
  });

  it('by forged tokens are refused, and valid tokens from the same address still work', async () => {
    const guesses = guesser.guess('bearer', GUESSING_MS);
    await sleep(GUESSING_MS / 2);
    expect(await pull('bob', 'token')).toBe(true);
    const { authorization = '' } = await fetchToken('bob');
    expect(await guesser.ask({ path: '/v2/', authorization })).toEqual([200]);
    const { 401: refused = 0, 429: limited = 0, ...others } = await guesses;
    expect(others).toEqual({});
    expect(refused).toBeGreaterThan(0);
    // The limit for 401 in ten seconds.
    expect(refused).toBeLessThanOrEqual(1_100);
    expect(limited).toBeGreaterThan(0);
  });
});
