import { type Appliance, type Bundle, until } from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEvents, readMetric } from './inside.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { listTargets, pullTargets } from './traffic.ts';

const LEFT_OUT = 'registry_cache_pull_secret_entries_left_out';
const WARNINGS = 'registry_cache_pull_secret_warnings';
const auth = (text: string) => ({ auth: Buffer.from(text).toString('base64') });

/** Each key that leads to a registry, and the name that a client writes for it. */
const SERVED: Readonly<Record<string, string>> = {
  'good.test': 'good.test',
  'upper.test/team': 'upper.test',
  'port.test': 'port.test_443',
  'eu.wild.test': 'eu.wild.test',
  '[fd00::10]:5000': 'ipv6-fd00--10_5000',
};

let stage: Stage;
let appliance: Appliance;
let image: Bundle;
let pullSecret: { auths: Record<string, unknown>; credHelpers: object; credsStore: string };

beforeAll(async () => {
  stage = await openStage();
  const registry = await stage.upstream({ passwords: { robot: 'right-s3cret' } });
  const credentials = { username: 'robot', password: 'right-s3cret' };
  image = await pushImage({ ...registry, credentials }, 'team/app', 'v1', { seed: 'odd' });
  const login = auth('robot:right-s3cret');
  pullSecret = {
    auths: {
      'good.test': login,
      '': login,
      'not a registry': login,
      'broken.test': { auth: 'broken-s3cret' },
      'list.test': ['wrong-s3cret'],
      'null.test': null,
      'https://upper.test/Team': { ...login, username: 'robot', password: 'stale-s3cret' },
      'PORT.test:443': login,
      '*.wild.test': login,
      '[FD00:0::10]:5000': login,
      'https://index.docker.io/v1/access-token': auth('robot:eyJ-s3cret'),
    },
    credHelpers: { 'helped.test': '' },
    credsStore: 'desktop',
  };
  const policies = Object.keys(SERVED).map((key) => [key, { url: registry.url }]);
  const policyYaml = JSON.stringify({ upstreams: Object.fromEntries(policies) });
  // Written as by some editors of Windows.
  const text = `\uFEFF${JSON.stringify(pullSecret, undefined, 2).replaceAll('\n', '\r\n')}`;
  appliance = await stage.appliance({}, { pullSecret: text, policyYaml });
});

afterAll(() => stage[Symbol.asyncDispose]());

describe('a pull secret with odd entries', () => {
  it.each(Object.entries(SERVED))('still serves %s as %s', async (_key, written) => {
    await pullTargets(appliance, listTargets(written, 'team/app', 'v1', image));
  });

  it('serves an IPv6 address that ?ns= names literally', async () => {
    await using client = appliance.client();
    const ns = encodeURIComponent('[fd00::10]:5000');
    const answer = await client.get(`/v2/team/app/manifests/${image.top.digest}?ns=${ns}`);
    expect([answer.status, answer.headers['docker-content-digest']]).toEqual([
      200,
      image.top.digest,
    ]);
  });

  it('is reported in the log and in metrics, without a secret', async () => {
    const events = await readEvents(appliance);
    const of = (msg: string) => events.filter((event) => event.msg === msg);
    const [left] = of('entries of the pull secret are left out');
    expect(left?.issues).toEqual(
      ['credsStore', '["not a registry"]', '["broken.test"].auth', '["list.test"]'].map((path) =>
        expect.stringContaining(path),
      ),
    );
    expect(of('entries of the pull secret that may have an unexpected meaning')).toHaveLength(1);
    await until('the metrics say so', async () => (await readMetric(appliance, LEFT_OUT)) === 4);
    expect(await readMetric(appliance, WARNINGS)).toBeGreaterThan(3);
    expect(await appliance.logs()).not.toContain('s3cret');
  });

  it('makes check exit with 1 and name the entries that are left out', async () => {
    const { exitCode, stdout, stderr } = await appliance.exec(['registry-cache', 'check']);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('good.test: /v2/good.test/');
    expect(stderr).toContain('auths["broken.test"].auth: found 13 characters');
    expect(stdout + stderr).not.toContain('s3cret');
  });

  it('may get worse at run time: other entries are served, and the mended one again', async () => {
    await using client = appliance.client();
    const status = async () => (await client.get('/v2/good.test/team/app/tags/list')).status;
    const { 'good.test': good, ...others } = pullSecret.auths;
    await appliance.writePullSecret({ auths: { ...others, 'good.test': { auth: 7 } } });
    await until('one more is left out', async () => (await readMetric(appliance, LEFT_OUT)) === 4);
    // The policy still has a URL for it, so requests go there without credentials.
    await until('it has no credentials', async () => (await status()) === 401);
    await pullTargets(appliance, listTargets('port.test', 'team/app', 'v1', image));
    await appliance.writePullSecret({ auths: { ...others, 'good.test': good } });
    await until('it is mended', async () => (await status()) === 200);
    await until('the metric says so', async () => (await readMetric(appliance, LEFT_OUT)) === 3);
  });
});
