/** Runs the named benches, or all but the optional ones, and prints one table. */
import { removeLeftovers } from '@registry-cache/testbed';
import { benchAccess } from './access.ts';
import { benchBlobs } from './blobs.ts';
import { benchBucket } from './bucket.ts';
import { benchBundles } from './bundles.ts';
import { benchBundlesElsewhere } from './bundles-elsewhere.ts';
import { benchCachedTag } from './cached-tag.ts';
import { benchColdPull } from './cold-pull.ts';
import { benchDistance } from './distance.ts';
import { benchHandshakes } from './handshakes.ts';
import { benchHerd } from './herd.ts';
import { type Bench, formatTable, type Row } from './lib/table.ts';
import { benchManifests } from './manifests.ts';
import { benchMemory } from './memory.ts';
import { benchOperate } from './operate.ts';
import { benchPullSecret } from './pull-secret.ts';
import { benchReplicas } from './replicas.ts';
import { benchStart } from './start.ts';
import { benchTracedPull } from './traced-pull.ts';
import { benchTunnel } from './tunnel.ts';
import { benchWarm } from './warm.ts';
import { benchWorkers } from './workers.ts';

const BENCHES: Readonly<Record<string, Bench>> = {
  blobs: benchBlobs,
  manifests: benchManifests,
  handshakes: benchHandshakes,
  access: benchAccess,
  tunnel: benchTunnel,
  'cached-tag': benchCachedTag,
  herd: benchHerd,
  'cold-pull': benchColdPull,
  memory: benchMemory,
  start: benchStart,
  'pull-secret': benchPullSecret,
  eviction: () => benchWorkers('eviction'),
  'log-follow': () => benchWorkers('log-follow'),
  bundles: benchBundles,
  'bundles-elsewhere': benchBundlesElsewhere,
  bucket: benchBucket,
  warm: benchWarm,
  replicas: benchReplicas,
  operate: benchOperate,
  'traced-pull': benchTracedPull,
};

/** Benches that run only if they are named. */
const OPTIONAL: Readonly<Record<string, Bench>> = { distance: benchDistance };

await main(process.argv.slice(2));

async function main(wanted: readonly string[]): Promise<void> {
  const all = { ...BENCHES, ...OPTIONAL };
  const unknown = wanted.filter((name) => !(name in all));
  if (unknown.length > 0) {
    const known = Object.keys(all).join(', ');
    throw new Error(`unknown bench: ${unknown.join(', ')}; accepted: ${known}`);
  }
  await removeLeftovers();
  const rows: Row[] = [];
  for (const [name, bench] of Object.entries(wanted.length > 0 ? all : BENCHES)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    process.stderr.write(`${name}…\n`);
    const found = await bench();
    rows.push(...found);
    process.stderr.write(`${formatTable(found)}\n`);
  }
  process.stdout.write(`${formatTable(rows)}\n`);
}
