import { join } from 'node:path';
import type { AdmissionRule } from '@registry-cache/domain';
import { expect, test } from 'vitest';
import { forecastChecks } from '../forecast-checks.ts';
import { startFixture } from '../testing/egress-fixture.ts';
import { OTHER_RULE, RULE, startSignedOrigin } from '../testing/signed-origin.ts';

const DAY = 24 * 3_600_000;
const AGE: AdmissionRule = { number: 1, images: ['**'], minimumAgeMs: 3 * DAY };

test('the forecast says what the next pull would find, and asks nobody', async () => {
  const clock = { now: Date.UTC(2030, 0, 1) };
  await using origin = await startSignedOrigin();
  const options = { trust: [RULE], admission: { rules: [AGE], ca: '' } };
  await using egress = await startFixture(origin.url, { options, deps: { now: () => clock.now } });
  const forecast = async (tag: string, trust = [RULE]) => {
    const found = await forecastChecks(
      { storeRoot: join(egress.dir, 'store'), trust, admission: [AGE], nowMs: clock.now },
      { upstreamId: 'up', key: 'up.example.com', repository: 'a', tag, digest: undefined },
    );
    return found.map(({ check, outcome, reason }) => `${check} ${outcome}: ${reason}`);
  };
  const pull = async (tag: string) => (await egress.ask(`/v2/a/manifests/${tag}`)).status;
  const { digest } = origin.pushImage('one', 'latest');
  origin.sign(digest);

  const open =
    'trust open: its signature is looked up at the next pull; without a good one it is refused';
  const young = 'admission waiting: it has to be known here for 3d first (admission rule 1)';
  expect(await forecast('latest')).toEqual([open, young]);
  expect(await pull('latest')).toBe(403);
  clock.now += 4 * DAY;
  expect(await pull('latest')).toBe(200);
  origin.asked();
  await expect
    .poll(() => forecast('latest'))
    .toEqual(['trust admitted: key /trust/cosign.pub', 'admission admitted: it is old enough']);
  expect((await forecast('latest', [OTHER_RULE]))[0]).toBe(open);
  expect(origin.asked()).toEqual([]);
});
