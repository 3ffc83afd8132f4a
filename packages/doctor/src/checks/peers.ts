import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import type { Settings } from '@registry-cache/config';
import { INTERNAL_PATHS } from '@registry-cache/domain';
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

export interface PeerFacts {
  /** `dns:NAME:PORT`, or PEERS for a list. */
  readonly source: string;
  /** The code of the resolver, for a name without an address. */
  readonly failure: string | undefined;
  /** Without this replica. */
  readonly others: readonly PeerOutcome[];
}

interface PeerOutcome {
  /** Address and port. */
  readonly peer: string;
  /** `open`, `late`, or a code: of a connection, and then of TLS with the secret's certificate. */
  readonly tcp: string;
  readonly tls: string;
}

export function findPeerFaults({ source, failure, others }: PeerFacts): Finding[] {
  if (failure !== undefined) {
    return [buildFinding('peers-unknown', { subject: source, found: failure })];
  }
  if (others.length === 0) {
    return [buildFinding('peers-alone', { subject: source, found: 'no other replica' })];
  }
  return others.flatMap(({ peer, tcp, tls }) => {
    if (tcp !== 'open') return [buildFinding('peer-silent', { subject: peer, found: tcp })];
    return tls === 'open' ? [] : [buildFinding('peer-refused', { subject: peer, found: tls })];
  });
}

export async function checkPeers({ model, peerPem }: CheckContext): Promise<CheckOutcome> {
  if (model === undefined) return INPUT_IS_BROKEN;
  const { settings, peerCertificates } = model;
  const { PEERS: peers } = settings;
  if (peers.kind === 'none' || peerCertificates === undefined || peerPem === undefined) {
    return notTried('PEERS names none');
  }
  const source = peers.kind === 'dns' ? `dns:${peers.name}:${peers.port}` : 'PEERS';
  const { places, failure } = await findPlaces(peers);
  const others = await Promise.all(
    places
      .filter(({ address }) => !isOwn(address))
      .map(async ({ address, port }): Promise<PeerOutcome> => {
        const tcp = await reachTcp({ address, port });
        const tls = await reachTls({
          host: address,
          port,
          ca: peerCertificates.accepted,
          pem: peerPem,
          checksName: false,
          question: `GET ${INTERNAL_PATHS.alive.name} HTTP/1.0\r\n\r\n`,
        });
        return { peer: `${address}:${port}`, tcp, tls };
      }),
  );
  return tried(`${others.length} other replicas`, findPeerFaults({ source, failure, others }));
}

type Place = { readonly address: string; readonly port: number };

async function findPlaces(
  peers: Exclude<Settings['PEERS'], { kind: 'none' }>,
): Promise<{ places: readonly Place[]; failure: string | undefined }> {
  if (peers.kind === 'list') {
    const places = peers.addresses.map((text) => {
      const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(text) ?? [];
      return { address: host.replace(/^\[|\]$/g, ''), port: Number(port) };
    });
    return { places, failure: undefined };
  }
  const { name, port } = peers;
  try {
    const found = await lookup(name, { all: true });
    return { places: found.map(({ address }) => ({ address, port })), failure: undefined };
  } catch (error) {
    return { places: [], failure: (error as NodeJS.ErrnoException).code ?? 'no answer' };
  }
}

function isOwn(address: string): boolean {
  const own = Object.values(networkInterfaces()).flatMap((one) => one ?? []);
  return own.some((one) => one.address === address);
}
