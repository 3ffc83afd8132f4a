import type { Issue } from '@registry-cache/domain';
import type { SettingValues } from './table.ts';

/**
 * An issue for each setting that replicas need and that is missing. Broken ones have their own.
 *
 * @param values - The settings as they are parsed, by name. Broken ones are missing.
 */
export function findPeerIssues({
  PEERS: peers,
  PEER_LISTEN: listen,
  PEER_SECRET_PATH: secret,
}: Partial<SettingValues>): Issue[] {
  const hasPeers = peers !== undefined && peers.kind !== 'none';
  const lacks = (path: string, accepted: string): Issue => ({ path, found: 'nothing', accepted });
  return [
    ...(hasPeers && listen === '' ? [lacks('PEER_LISTEN', 'an address for PEERS, as :8444')] : []),
    ...(hasPeers && secret === ''
      ? [lacks('PEER_SECRET_PATH', 'the path of a file with the secret of PEERS')]
      : []),
    ...(peers?.kind === 'none' && listen !== ''
      ? [lacks('PEERS', 'the replicas that PEER_LISTEN answers, or neither')]
      : []),
  ];
}
