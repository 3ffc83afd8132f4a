/** A cold image from a distant upstream, pulled by a real client: through a cache, and directly. */
import { makeImage } from '@registry-cache/testbed';
import { alternate, ROUNDS } from './lib/alternate.ts';
import { runSkopeo } from './lib/clients.ts';
import { directTo, openOutside } from './lib/outside.ts';
import type { Row } from './lib/table.ts';

const LAYERS = Array.from({ length: 5 }, () => 20_000_000);
/** Every answer takes 50 ms, and each connection has 100 Mbit/s. */
const SOURCE = [{ delayMs: 50 }, { bytesPerSecond: 12_500_000, share: 'each' }] as const;

export async function benchColdPull(): Promise<Row[]> {
  await using outside = await openOutside();
  const { ours, bare, faultProxy } = outside;
  const sides = [ours, bare, directTo(faultProxy, ours)].map((contender) => ({
    contender,
    round: 0,
  }));
  for (let round = 1; round <= ROUNDS; round += 1) {
    const image = makeImage({ seed: `cold ${round}`, layerSizesBytes: LAYERS });
    await outside.push(`cold${round}`, image);
  }
  faultProxy.setRules({ do: SOURCE });
  const [byUs, byBare, directly] = await alternate(sides, async (side) => {
    side.round += 1;
    return { wall: await runSkopeo(side.contender, `bench/cold${side.round}`) };
  });
  if (byUs === undefined || byBare === undefined || directly === undefined) return [];
  return [
    {
      work: 'cold image, 5 layers of 20 MB, 50 ms, 100 Mbit/s a connection: skopeo, for what it needs directly',
      unit: '',
      ours: byUs.wall / directly.wall,
      bare: byBare.wall / directly.wall,
      ownAim: { atMost: 0.8 },
    },
    { work: '… wall', unit: 's', ours: byUs.wall, bare: byBare.wall },
  ];
}
