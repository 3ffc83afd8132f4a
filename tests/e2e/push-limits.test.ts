import { type Appliance, makeImage } from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANN, ask, BOB, errorOf, startHosted } from './hosted-stage.ts';
import { openStage, type Stage } from './stage.ts';

const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const MOST_UPLOADS = 1_000;
const MOST_PARTS = 2_000;
const AT_A_TIME = 20;
let stage: Stage;
let appliance: Appliance;

beforeAll(async () => {
  stage = await openStage();
  appliance = await startHosted(stage);
});

afterAll(() => stage[Symbol.asyncDispose]());

describe('begun uploads', () => {
  const start = (user = BOB) => ask(appliance, 'POST', '/v2/apps/bob/app/blobs/uploads/', user);

  it('of one user end at a limit, and others push on', async () => {
    const locations: (string | undefined)[] = [];
    while (locations.length < MOST_UPLOADS) {
      const started = await Promise.all(Array.from({ length: AT_A_TIME }, () => start()));
      expect(started.map(({ status }) => status)).toEqual(started.map(() => 202));
      locations.push(...started.map(({ headers }) => headers.location));
    }
    const more = await start();
    expect([more.status, more.headers['retry-after']]).toEqual([429, '60']);
    expect(errorOf(more)).toMatch(/^TOOMANYREQUESTS 1000 uploads of this user have not ended/);
    expect((await start(ANN)).status).toBe(202);

    const [first = '', second = ''] = locations;
    expect((await ask(appliance, 'DELETE', first, BOB)).status).toBe(204);
    const [blob] = makeImage({ seed: 'limits' }).blobs;
    if (blob === undefined) throw new Error('no blob');
    const end = `${second}?digest=${blob.digest}`;
    expect((await ask(appliance, 'PUT', end, BOB, { body: blob.bytes })).status).toBe(201);
    for (const status of [202, 202, 429]) expect((await start()).status).toBe(status);
  });
});

it('an index of too many parts is refused at once', async () => {
  const manifests = Array.from({ length: MOST_PARTS + 1 }, (_, at) => ({
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: `sha256:${at.toString(16).padStart(64, '0')}`,
    size: 100,
  }));
  const body = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
  const put = await ask(appliance, 'PUT', '/v2/apps/bob/app/manifests/v1', BOB, {
    body,
    headers: { 'content-type': OCI_INDEX },
  });
  expect(put.status).toBe(400);
  expect(errorOf(put)).toBe(
    'MANIFEST_INVALID a manifest names at most 2000 parts, and this one names 2001',
  );
});
