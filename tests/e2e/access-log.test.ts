import { type Appliance, type Bundle, until } from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readMetric } from './inside.ts';
import { openStage, pushImage, type Stage } from './stage.ts';

/** More lines than one file of the log holds; a long path is in its line three times. */
const REQUESTS = 20_000;
const CLIENTS = 4;
let stage: Stage;
let appliance: Appliance;
let image: Bundle;

beforeAll(async () => {
  stage = await openStage();
  const upstream = await stage.upstream();
  image = await pushImage(upstream, 'team/app', 'v1', { seed: 'access log' });
  appliance = await stage.appliance({ 'reg.test': upstream });
});

afterAll(() => stage[Symbol.asyncDispose]());

describe('the access log', () => {
  it('has a line for every request of a storm, also over a rotation and after it', async () => {
    const before = await countLogged();
    const path = `/v2/reg.test/team/${'a'.repeat(240)}/blobs/x${'a'.repeat(600)}`;
    const clients = Array.from({ length: CLIENTS }, () => appliance.client());
    await Promise.all(
      clients.map(async (client) => {
        for (let sent = 0; sent < REQUESTS / CLIENTS; sent += 1) await client.get(path);
        await client[Symbol.asyncDispose]();
      }),
    );
    // Lines of the start may still have been on their way at the first count.
    await until('all are logged', async () => (await countLogged()) >= before + REQUESTS);
    const { stdout } = await appliance.exec(['ls', '/run/registry-cache/log']);
    expect(stdout.split('\n')).toEqual(['access.log', 'access.log.1']);

    await using client = appliance.client();
    await client.get(`/v2/reg.test/team/app/manifests/${image.top.digest}`);
    const last = (await appliance.accessLog()).at(-1);
    expect(last).toMatchObject({ kind: 'manifest', digest: image.top.digest, status: 200 });
  });

  it('has complete records only', async () => {
    const skipped = await readMetric(appliance, 'registry_cache_logger_skipped_lines_total');
    expect(skipped).toBe(0);
  });
});

/** All lines: those that were read, and those that the full pipe dropped. */
async function countLogged(): Promise<number> {
  const [read, dropped] = await Promise.all([
    readMetric(appliance, 'registry_cache_logger_lines_total'),
    readMetric(appliance, 'haproxy_process_dropped_logs_total'),
  ]);
  return (read ?? 0) + (dropped ?? 0);
}
