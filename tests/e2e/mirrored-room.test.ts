import { makeImage } from '@registry-cache/testbed';
import { expect, it } from 'vitest';
import { ANN, ask, errorOf } from './hosted-stage.ts';
import { digestAt, pushTo, startMirrored } from './mirrored-stage.ts';
import { openStage } from './stage.ts';

const MIB = 1024 * 1024;

it('a push that finds no room gets 507, and what was pushed before stays', async () => {
  await using stage = await openStage();
  const upstream = await stage.upstream();
  const appliance = await startMirrored(stage, upstream, {
    env: { CLEANER_MAXSIZE: '30M', CLEANER_MIN_FREE: '0' },
  });
  const first = makeImage({ seed: 'first', layerSizesBytes: [10 * MIB] });
  await pushTo(appliance, 'quay.test/team/first', 'v1', first);
  const start = await ask(appliance, 'POST', '/v2/quay.test/team/big/blobs/uploads/', ANN);
  const answer = await ask(appliance, 'PATCH', start.headers.location ?? '', ANN, {
    body: Buffer.alloc(60 * MIB),
    headers: { 'content-type': 'application/octet-stream' },
  });
  expect(answer.status).toBe(507);
  expect(errorOf(answer)).toContain('CLEANER_MAXSIZE');
  expect(await digestAt(appliance, 'quay.test/team/first', 'v1')).toBe(first.top.digest);
});

it('without a way out, what is pushed is served', async () => {
  await using stage = await openStage();
  const upstream = await stage.upstream();
  const appliance = await startMirrored(stage, upstream, { env: { OFFLINE: 'true' } });
  const image = makeImage({ seed: 'offline' });
  await pushTo(appliance, 'quay.test/team/app', 'v1', image);
  expect(await digestAt(appliance, 'quay.test/team/app', 'v1')).toBe(image.top.digest);
  const blob = `/v2/quay.test/team/app/blobs/sha256:${'2'.repeat(64)}`;
  expect((await ask(appliance, 'HEAD', blob, ANN)).status).toBe(404);
});
