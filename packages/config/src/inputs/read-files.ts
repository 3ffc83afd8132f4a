import { type Issue, onDemandFile } from '@registry-cache/domain';
import type { Settings } from '../settings/table.ts';
import type { FileInputs } from './inputs.ts';
import { readOwnRecord } from './own-record.ts';
import { readPullSecret } from './read-pull-secret.ts';
import { readText } from './read-text.ts';

/** Reads the operator's files, except for certificates. A bad file is added to `issues`. */
export async function readFiles(
  settings: Settings,
  issues: Issue[],
  hasPullSecret = false,
): Promise<FileInputs> {
  const required = (path: string, accepted: string) => readText(path, accepted, issues, true);
  const optional = (path: string, accepted: string) => readText(path, accepted, issues, false);
  const hasLogin = settings.REGISTRY_AUTH === 'htpasswd';
  return {
    policy: await optional(settings.POLICYPATH, 'the policy file'),
    ...(await readPullSecret(settings, issues, hasPullSecret)),
    htpasswd: hasLogin
      ? await required(settings.REGISTRY_AUTH_HTPASSWD_PATH, 'an htpasswd file')
      : undefined,
    ...(usesForwardCa(settings) && {
      forwardCa: await required(settings.LOG_FORWARD_CA_PATH, 'PEM certificates'),
    }),
    ...(usesPeerSecret(settings) && {
      peerSecret: await required(settings.PEER_SECRET_PATH, 'the secret of the peers'),
    }),
    upstreamCa: await optional(settings.UPSTREAM_CA_PATH, 'PEM certificates'),
    onDemand: await readOwnRecord(onDemandFile(settings.REGISTRYDIR)),
  };
}

/** Whether collectors are trusted by a file of their own. */
export function usesForwardCa({ LOG_FORWARD, LOG_FORWARD_CA_PATH }: Settings): boolean {
  return LOG_FORWARD.length > 0 && LOG_FORWARD_CA_PATH !== '';
}

/** Whether there are replicas that know each other by a secret. */
export function usesPeerSecret({ PEERS }: Settings): boolean {
  return PEERS.kind !== 'none';
}
