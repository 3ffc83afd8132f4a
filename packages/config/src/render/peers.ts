import { PEER_PROTOCOL, type RunPaths, socketPath } from '@registry-cache/domain';
import type { Model } from '../model/build.ts';
import { publicFile, type RenderedTree, secretFile } from './file.ts';

/** The view of the replicas; undefined where there are none. */
export function describePeers(
  { settings, peerCertificates, hasIpv6 }: Model,
  run: RunPaths,
  bootSecret: string,
): object | undefined {
  const { PEERS: peers, PEER_LISTEN: listen } = settings;
  if (peers.kind === 'none' || peerCertificates === undefined) return undefined;
  return {
    socket: socketPath(run, 'peers'),
    egressSocket: socketPath(run, 'egress'),
    listen,
    protocol: PEER_PROTOCOL,
    // HAProxy takes an absent address for IPv4 alone.
    listenIpv6: hasIpv6 && listen.startsWith(':') ? `::${listen}` : undefined,
    bootSecret,
    dns: peers.kind === 'dns' ? peers : undefined,
    servers: peers.kind === 'list' ? peers.addresses : [],
  };
}

/** The files by which peers know each other. */
export function renderPeers(shown: string | undefined, { peerCertificates }: Model): RenderedTree {
  if (shown === undefined || peerCertificates === undefined) return new Map();
  return new Map([
    ['etc/haproxy/peer.pem', secretFile(shown)],
    ['etc/haproxy/peer-authorities.pem', publicFile(peerCertificates.accepted)],
  ]);
}
