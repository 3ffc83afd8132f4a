import { type Appliance, makeImage, pushBundle } from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ANN, ask, BOB, errorOf, hostedPolicy, startHosted } from './hosted-stage.ts';
import { countPrograms } from './inside.ts';
import { openStage, type Stage } from './stage.ts';

const UPLOADS = '/v2/apps/team/app/blobs/uploads/';
const TAGS = '/v2/apps/team/app/tags/list';
let stage: Stage;
let appliance: Appliance;

beforeAll(async () => {
  stage = await openStage();
  const { upstreams } = hostedPolicy('1G');
  const policy = { upstreams, access: { default: ['pull', 'fetch'] } };
  appliance = await startHosted(stage, '1G', { policyYaml: JSON.stringify(policy) });
});

afterAll(() => stage[Symbol.asyncDispose]());

it('an appliance where nobody may push runs no program for them, and takes no push', async () => {
  expect((await countPrograms(appliance)).join(' ')).not.toContain('hosted');
  expect((await ask(appliance, 'POST', UPLOADS, ANN)).status).toBe(405);
});

it('a hosted registry appears with the policy', async () => {
  await appliance.writePolicy(JSON.stringify(hostedPolicy('1G')));
  const start = async () => (await ask(appliance, 'POST', UPLOADS, ANN)).status;
  await expect.poll(start, { timeout: 30_000 }).toBe(202);
  const target = { url: appliance.url, ca: appliance.ca, credentials: ANN };
  await pushBundle(target, 'apps/team/app', 'v1', makeImage({ seed: 'reload' }));
  expect((await ask(appliance, 'GET', TAGS, BOB)).json()).toMatchObject({ tags: ['v1'] });
});

it('its room follows the policy, and what is there stays', async () => {
  await appliance.writePolicy(JSON.stringify(hostedPolicy('1K')));
  const start = async () => (await ask(appliance, 'POST', UPLOADS, ANN)).status;
  await expect.poll(start, { timeout: 30_000 }).toBe(507);
  expect((await ask(appliance, 'GET', TAGS, BOB)).json()).toMatchObject({ tags: ['v1'] });
});

it('without rules everybody who is let in may pull, and nobody pushes', async () => {
  const { access: _access, ...policy } = hostedPolicy('1G');
  await appliance.writePolicy(JSON.stringify(policy));
  const start = async () => errorOf(await ask(appliance, 'POST', UPLOADS, ANN));
  await expect
    .poll(start, { timeout: 30_000 })
    .toBe('DENIED nobody may push or delete here: the policy file has no rules of access');
  const tags = async () => (await ask(appliance, 'GET', TAGS, BOB)).text();
  await expect.poll(tags, { timeout: 30_000 }).toContain('"tags":["v1"]');
  expect((await ask(appliance, 'GET', TAGS)).status).toBe(401);
});
