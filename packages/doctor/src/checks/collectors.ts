import { formatCollector, type Model, type Settings } from '@registry-cache/config';
import {
  type CheckContext,
  type CheckOutcome,
  INPUT_IS_BROKEN,
  notTried,
  tried,
} from '../check.ts';
import { buildFinding, type Finding } from '../finding.ts';
import { reachTcp } from '../reach/tcp.ts';
import { reachTls } from '../reach/tls.ts';

export interface CollectorFacts {
  /** As LOG_FORWARD has it. */
  readonly collector: string;
  /** `open`, `late`, or the code of the system. */
  readonly tcp: string;
  /** The same of TLS; undefined without TLS. */
  readonly tls: string | undefined;
}

export function findCollectorFaults(facts: readonly CollectorFacts[]): Finding[] {
  return facts.flatMap(({ collector: subject, tcp, tls = 'open' }) => {
    if (tcp !== 'open') return [buildFinding('collector-silent', { subject, found: tcp })];
    return tls === 'open' ? [] : [buildFinding('collector-untrusted', { subject, found: tls })];
  });
}

export async function checkCollectors({ model }: CheckContext): Promise<CheckOutcome> {
  if (model === undefined) return INPUT_IS_BROKEN;
  const { LOG_FORWARD: all } = model.settings;
  if (all.length === 0) return notTried('LOG_FORWARD names none');
  // Nobody knows whether a datagram arrives.
  const asked = all.filter(({ scheme }) => scheme !== 'udp');
  const facts = await Promise.all(asked.map((one) => reach(model, one)));
  return tried(`${asked.length} of ${all.length} can be tried`, findCollectorFaults(facts));
}

async function reach(
  { forwardCa, systemCa, upstreamCa }: Model,
  one: Settings['LOG_FORWARD'][number],
): Promise<CollectorFacts> {
  const { scheme, host, port } = one;
  const tcp = await reachTcp({ address: host, port });
  const ca = forwardCa === '' ? `${systemCa}\n${upstreamCa}` : forwardCa;
  const hasTls = scheme === 'tls' || scheme === 'relps';
  const tls = hasTls && tcp === 'open' ? await reachTls({ host, port, ca }) : undefined;
  return { collector: formatCollector(one), tcp, tls };
}
