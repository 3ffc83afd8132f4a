import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onDemandFile, type RunPaths } from '@registry-cache/domain';
import type { Settings } from '../settings/table.ts';
import { readUpdateState } from '../update/state.ts';
import { watchInputs } from './watch.ts';

/**
 * Follows the inputs of the running appliance. Each change is handled by a process of its own
 * (`config update`), so that between changes there is nothing in memory but the watcher.
 */
export async function runWatch(
  settings: Settings,
  run: RunPaths,
  signal: AbortSignal,
): Promise<void> {
  await watchInputs({
    signal,
    files: async () => [
      settings.PULLSECRETPATH,
      settings.POLICYPATH,
      settings.CERTIFICATEPATH,
      settings.UPSTREAM_CA_PATH,
      ...(settings.REGISTRY_AUTH === 'htpasswd' ? [settings.REGISTRY_AUTH_HTPASSWD_PATH] : []),
      ...(settings.ON_DEMAND_REGISTRIES.length > 0 ? [onDemandFile(settings.REGISTRYDIR)] : []),
      ...(await readUpdateState(run)).authorityFiles,
    ],
    update: async () => {
      const child = spawn(process.execPath, [process.argv[1] ?? '', 'update'], {
        stdio: 'inherit',
      });
      await once(child, 'exit');
    },
  });
}
