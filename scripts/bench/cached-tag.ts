/** A stored tag of an upstream 50 ms away, with a new TLS connection for each pull. */
import {
  type FaultProxy,
  makeImage,
  openNetwork,
  pushBundle,
  startFaultProxy,
  startRegistry,
} from '@registry-cache/testbed';
import { alternate } from './lib/alternate.ts';
import { runWrk, warm } from './lib/clients.ts';
import { type Contender, startBare, startOurs } from './lib/contender.ts';
import type { Row } from './lib/table.ts';

const SECONDS = 4;
const AWAY_MS = 50;
const IMAGE = 'bench/app/manifests/v1';

export async function benchCachedTag(): Promise<Row[]> {
  await using stack = new AsyncDisposableStack();
  const network = stack.use(await openNetwork());
  const upstream = stack.use(await startRegistry({ host: network.gateway }));
  await pushBundle(upstream, 'bench/app', 'v1', makeImage({ seed: 'bench cached tag' }));
  const rules = [{ do: { delayMs: AWAY_MS } }];
  const faultProxy = stack.use(
    await startFaultProxy({ host: network.gateway, upstream: upstream.url, rules }),
  );
  const ours = stack.use(await startOurs(network, faultProxy.url));
  const bare = stack.use(await startBare(network, faultProxy.url));
  const env = { MANIFEST_CACHE_DEFAULT_TIME: '1s' };
  const expiring = stack.use(await startOurs(network, faultProxy.url, 1, { env }));
  for (const contender of [ours, bare, expiring, ours, bare])
    await warm(contender, contender.path(IMAGE));

  const work = `a cached tag, upstream ${AWAY_MS} ms away, a new connection each`;
  const [atWell, bareWell] = await alternate([ours, bare], (one) => measure(one, faultProxy));
  faultProxy.setRules({ do: { silent: true } });
  // The first pull opens the circuit. Bare distribution waits for each of these without end.
  await warm(expiring, expiring.path(IMAGE));
  const [atSilent] = await alternate([expiring], (one) => measure(one, faultProxy));
  if (atWell === undefined || bareWell === undefined || atSilent === undefined) return [];
  return [
    { work, unit: 'ms', ours: atWell.ms, bare: bareWell.ms, aim: { atMost: 0.05 } },
    {
      work: `${work}: upstream requests`,
      unit: '1',
      ours: atWell.asked,
      bare: bareWell.asked,
      aim: { atMost: 0 },
    },
    {
      work: 'an expired tag, upstream silent, a new connection each',
      unit: 'ms',
      ours: atSilent.ms,
      aim: { atMost: 20 },
    },
  ];
}

async function measure(contender: Contender, faultProxy: FaultProxy) {
  faultProxy.forget();
  const options = { seconds: SECONDS, connections: 1, isKept: false };
  const load = await runWrk(contender, contender.path(IMAGE), options);
  return {
    ms: (load.wallSeconds * 1000) / load.requests,
    asked: faultProxy.count() / load.requests,
  };
}
