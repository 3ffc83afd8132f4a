/** Hot blobs for clients in a network namespace, with several delays and congestion controls. */
import { alternate } from './lib/alternate.ts';
import { measureHotBlob, openHotBlobs } from './lib/hot-blobs.ts';
import { hasNetem, openOtherMachine, useCongestionControl } from './lib/network-paths.ts';
import type { Row } from './lib/table.ts';

const AIM = { atMost: 0.85 };
const WORK = { blob: 'large', clients: 1, requests: 2 } as const;

export async function benchDistance(): Promise<Row[]> {
  await using blobs = await openHotBlobs();
  const rows: Row[] = [];
  for (const delayMs of [0, 1]) {
    if (delayMs > 0 && !(await hasNetem())) {
      process.stderr.write(`skipped: ${delayMs} ms of delay; this kernel has no netem\n`);
      continue;
    }
    await using machine = await openOtherMachine(blobs.network, { delayMs });
    const sides = await Promise.all(blobs.contenders.map(machine.from));
    for (const control of ['cubic', 'bbr']) {
      const set = await Promise.all(sides.map((side) => useCongestionControl(side, control)));
      if (set.includes(false)) {
        process.stderr.write(`skipped: ${control}; this kernel does not have it\n`);
        continue;
      }
      for (const http2 of [false, true]) {
        const measure = (side: (typeof sides)[number]) => measureHotBlob(side, { ...WORK, http2 });
        const [ours, bare] = await alternate(sides, measure);
        if (ours === undefined || bare === undefined) continue;
        const name = `hot blob, ${http2 ? 'h2' : 'HTTP/1.1'}, 1 client, ${delayMs} ms away, ${control}`;
        rows.push(
          { work: `${name}: server CPU`, unit: 's/GB', ours: ours.cpu, bare: bare.cpu, aim: AIM },
          { work: `${name}: wall`, unit: 's/GB', ours: ours.wall, bare: bare.wall, aim: AIM },
        );
      }
    }
  }
  return rows;
}
