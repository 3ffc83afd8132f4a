/** A tag that is here, its upstream 50 ms away, a new TLS connection for each pull. */
import {
  type Front,
  makeImage,
  openNetwork,
  pushBundle,
  startFront,
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
  const front = stack.use(
    await startFront({ host: network.gateway, upstream: upstream.url, rules }),
  );
  const ours = stack.use(await startOurs(network, front.url));
  const bare = stack.use(await startBare(network, front.url));
  for (const contender of [ours, bare, ours, bare]) await warm(contender, contender.path(IMAGE));

  const work = `a cached tag, upstream ${AWAY_MS} ms away, a new connection each`;
  const [atWell, bareWell] = await alternate([ours, bare], (one) => measure(one, front));
  front.setRules({ do: { silent: true } });
  // Bare distribution waits for each of these without end.
  const [atSilent] = await alternate([ours], (one) => measure(one, front));
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
    { work: 'the same, upstream silent', unit: 'ms', ours: atSilent.ms, aim: { atMost: 20 } },
  ];
}

async function measure(contender: Contender, front: Front) {
  front.forget();
  const options = { seconds: SECONDS, connections: 1, isKept: false };
  const load = await runWrk(contender, contender.path(IMAGE), options);
  return { ms: (load.wallSeconds * 1000) / load.requests, asked: front.count() / load.requests };
}
