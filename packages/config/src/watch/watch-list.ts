import { join } from 'node:path';
import { doctorFiles, onDemandFile, type RunPaths } from '@registry-cache/domain';
import { writeFileAtomic } from '@registry-cache/runtime';
import { findAuthority } from '../certificate/ensure-authority.ts';
import { usesForwardCa, usesPeerSecret } from '../inputs/read-files.ts';
import type { Settings } from '../settings/table.ts';

/**
 * Writes the list of files for `supervisor/watch` to follow. A zero byte ends each path.
 *
 * @param policyFiles - Files that only the policy names.
 */
export async function writeWatchList(
  settings: Settings,
  run: RunPaths,
  policyFiles: readonly string[],
): Promise<void> {
  const files = [...(await listInputFiles(settings, run)), ...policyFiles];
  await writeFileAtomic(watchListPath(run), files.map((file) => `${file}\0`).join(''), 0o600);
}

export function watchListPath(run: RunPaths): string {
  return join(run.config, 'watched-files');
}

async function listInputFiles(settings: Settings, run: RunPaths): Promise<string[]> {
  return [
    settings.PULLSECRETPATH,
    settings.POLICYPATH,
    settings.CERTIFICATEPATH,
    ...(settings.CERTIFICATE_KEY_PATH === '' ? [] : [settings.CERTIFICATE_KEY_PATH]),
    settings.UPSTREAM_CA_PATH,
    ...(usesForwardCa(settings) ? [settings.LOG_FORWARD_CA_PATH] : []),
    ...(usesPeerSecret(settings) ? [settings.PEER_SECRET_PATH] : []),
    ...(settings.REGISTRY_AUTH === 'htpasswd' ? [settings.REGISTRY_AUTH_HTPASSWD_PATH] : []),
    ...Object.values((await findAuthority(settings, run)) ?? {}),
    // Always, since a changed pull secret may be the first to have a key with `*`.
    onDemandFile(settings.REGISTRYDIR),
    // No input: an update that it starts runs the doctor.
    doctorFiles(run).wish,
  ];
}
