import { setTimeout as sleep } from 'node:timers/promises';
import { type Appliance, makeImage, pushBundle, until } from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ANN, ask, BOB, hostedPolicy, startHosted } from './hosted-stage.ts';
import { findPids, killProgram, signalInit } from './inside.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let appliance: Appliance;

/** Ann may push to the hosted registry and into the name of the upstream. */
function policyYaml(): string {
  const { access, ...policy } = hostedPolicy('1G');
  const images = ['apps/**', 'quay.test/**'];
  const rules = [{ images, users: ['ann'], allow: ['pull', 'push', 'delete'] }];
  return JSON.stringify({ ...policy, access: { ...access, rules } });
}

beforeAll(async () => {
  stage = await openStage();
  appliance = await startHosted(stage, '1G', { policyYaml: policyYaml() });
  const target = { url: appliance.url, ca: appliance.ca, credentials: ANN };
  await pushBundle(target, 'apps/team/app', 'v1', makeImage({ seed: 'waits' }));
});

afterAll(() => stage[Symbol.asyncDispose]());

const requests = [
  ['a pull of a hosted tag', 'GET', '/v2/apps/team/app/manifests/v1', BOB, 200],
  ['an upload to a hosted registry', 'POST', '/v2/apps/team/app/blobs/uploads/', ANN, 202],
  ["an upload into an upstream's name", 'POST', '/v2/quay.test/team/app/blobs/uploads/', ANN, 202],
] as const;

it.each(requests)(
  '%s waits for a worker that was killed',
  async (_name, method, path, user, status) => {
    // supervisord is stopped, so that the worker is surely away when the request arrives.
    await signalInit(appliance, 'STOP');
    try {
      const [killed] = await killProgram(appliance, 'hosted');
      const answered = ask(appliance, method, path, user);
      await sleep(500);
      await signalInit(appliance, 'CONT');
      expect((await answered).status).toBe(status);
      await until('the worker is back', async () => {
        const pids = await findPids(appliance, 'hosted');
        return pids.length === 1 && pids[0] !== killed;
      });
    } finally {
      await signalInit(appliance, 'CONT');
    }
  },
);

it('a request gets 503 and Retry-After where the worker stays away', async () => {
  await signalInit(appliance, 'STOP');
  try {
    await killProgram(appliance, 'hosted');
    for (const [, method, path, user] of requests.slice(1)) {
      const answer = await ask(appliance, method, path, user);
      expect(answer.status).toBe(503);
      expect(answer.headers['retry-after']).toBe('1');
    }
    const refused = await ask(appliance, 'POST', '/v2/apps/team/app/blobs/uploads/', BOB);
    expect(refused.status).toBe(403);
  } finally {
    await signalInit(appliance, 'CONT');
  }
});
