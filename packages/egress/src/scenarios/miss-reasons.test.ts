import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MissEvent } from '@registry-cache/domain';
import { expect, test } from 'vitest';
import { type AskOptions, type EgressFixture, startFixture } from '../testing/egress-fixture.ts';
import { reply, startOrigin } from '../testing/origin.ts';
import { LATEST, startTagOrigin, type TagOrigin, version } from '../testing/tag-origin.ts';

const HOURS_MS = 7_200_000;
const TAG = { upstream: 'up.example.com', repository: 'a', reference: 'latest' };

interface Stage extends AsyncDisposable {
  readonly origin: TagOrigin;
  readonly egress: EgressFixture;
  readonly clock: { now: number };
}

/** An egress that has the tag, whose time is over. */
async function startStage(): Promise<Stage> {
  const clock = { now: Date.UTC(2030, 0, 1) };
  const origin = await startTagOrigin(version('one'));
  const egress = await startFixture(origin.url, { deps: { now: () => clock.now } });
  expect((await egress.ask(LATEST)).status).toBe(200);
  clock.now += HOURS_MS;
  const dispose = async () => {
    await egress[Symbol.asyncDispose]();
    await origin[Symbol.asyncDispose]();
  };
  return { origin, egress, clock, [Symbol.asyncDispose]: dispose };
}

let asked = 0;

/** Asks with an id of its own, and resolves with what the history is told. */
async function tellOf(egress: EgressFixture, path: string, options: AskOptions = {}) {
  asked += 1;
  const id = `asked-${asked}`;
  const headers = { ...options.headers, 'x-request-id': id };
  const { headers: answered } = await egress.ask(path, { ...options, headers });
  const read = async () => {
    const text = await readFile(join(egress.dir, 'events.jsonl'), 'utf8').catch(() => '');
    const lines = text.split('\n').filter((line) => line !== '');
    const events = lines.map((line): MissEvent => JSON.parse(line));
    return events.find((event) => event.event === 'miss' && event.id === id);
  };
  await expect.poll(read).toBeDefined();
  return { ...(await read()), cache: answered['x-cache'] };
}

test('a client that takes no type of the stored manifest', async () => {
  await using stage = await startStage();
  const accept = 'application/vnd.docker.distribution.manifest.v2+json';
  const told = await tellOf(stage.egress, LATEST, { headers: { accept } });
  expect(told).toMatchObject({ ...TAG, why: 'other-type', cache: 'MISS' });
});

test('a check that failed, and no second one just after it', async () => {
  await using stage = await startStage();
  stage.origin.trouble = 500;
  const first = await tellOf(stage.egress, LATEST);
  expect(first).toMatchObject({ ...TAG, why: 'check-failed', cache: 'STALE' });
  stage.origin.asked();
  const second = await tellOf(stage.egress, LATEST);
  expect(second).toMatchObject({ ...TAG, why: 'paused', cache: 'STALE' });
  expect(stage.origin.asked()).toEqual([]);
});

test('a check that takes too long', async () => {
  await using stage = await startStage();
  stage.origin.delayMs = 1_500;
  const told = await tellOf(stage.egress, LATEST);
  expect(told).toMatchObject({ ...TAG, why: 'slow-check', cache: 'STALE' });
});

test('a client that may not fetch', async () => {
  await using stage = await startStage();
  const headers = { 'x-no-fetch': 'no' };
  const told = await tellOf(stage.egress, LATEST, { headers });
  expect(told).toMatchObject({ ...TAG, why: 'no-fetch', cache: 'STALE' });
});

test('a list of tags, whose query is no part of its reference', async () => {
  await using origin = await startOrigin((_seen, response) =>
    reply(response, 200, JSON.stringify({ name: 'a', tags: ['v1'] })),
  );
  await using egress = await startFixture(origin.url);
  const told = await tellOf(egress, '/v2/a/tags/list?n=5');
  expect(told).toMatchObject({ ...TAG, reference: 'list', why: 'list', cache: 'MISS' });
});
