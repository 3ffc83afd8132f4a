import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunPaths } from '@registry-cache/domain';
import { type Metric, writeFileAtomic, writeMetrics } from '@registry-cache/runtime';
import type { ReloadPlan } from '../apply/changes.ts';
import type { RuleCounts } from './lost-rules.ts';

/** The state that one update leaves for the next. */
export interface UpdateState {
  /** A hash of the inputs that were tried last, good or bad. */
  readonly fingerprint: string;
  readonly failures: number;
  /** Metrics of the inputs in use. A broken change leaves them. */
  readonly metrics?: readonly Metric[];
  /** Whether the pull secret in use is the operator's, not that of the public registries. */
  readonly hasPullSecret?: boolean;
  /** The rules of the policy file that are in force. */
  readonly rules?: RuleCounts;
  /** Reloads whose files are written already, and of which some are still to do. */
  readonly unfinished?: ReloadPlan | undefined;
}

export async function readUpdateState(run: RunPaths): Promise<UpdateState> {
  try {
    return JSON.parse(await readFile(statePath(run), 'utf8')) as UpdateState;
  } catch {
    // No update was tried since the boot. The boot's own state is in its rendered files.
    return { fingerprint: '', failures: 0 };
  }
}

export async function writeUpdateState(run: RunPaths, state: UpdateState): Promise<void> {
  await writeFileAtomic(statePath(run), JSON.stringify(state), 0o600);
}

export async function reportUpdate(
  run: RunPaths,
  isGood: boolean,
  failures: number,
  more: readonly Metric[],
): Promise<void> {
  await writeMetrics(run.config, 'config', [
    {
      name: 'registry_cache_config_last_reload_successful',
      value: isGood ? 1 : 0,
    },
    {
      name: 'registry_cache_config_reload_failures_total',
      value: failures,
    },
    ...more,
  ]);
}

function statePath(run: RunPaths): string {
  return join(run.config, 'update.json');
}
