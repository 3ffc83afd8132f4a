import { createHash } from 'node:crypto';
import { formatIssue, InvalidInputError, type RunPaths, unwrap } from '@registry-cache/domain';
import type { Logger } from '@registry-cache/runtime';
import { findChanges, mergePlans, planReloads, type ReloadPlan } from '../apply/changes.ts';
import { runReloads } from '../apply/reload.ts';
import { applyChanges, writeTree } from '../apply/write-tree.ts';
import { findAuthority } from '../certificate/authority.ts';
import { findCertificate } from '../certificate/ensure.ts';
import { withProxyCertificate } from '../certificate/ensure-proxy.ts';
import { readHost } from '../host/read-host.ts';
import { prepareStoreAs } from '../host/store-child.ts';
import type { RunUser } from '../host/user.ts';
import { type Inputs, readInputs } from '../inputs/read.ts';
import { buildModel, type Model } from '../model/build.ts';
import { renderTree } from '../render/tree.ts';
import { reportCheapHashes } from '../report/cheap-hashes.ts';
import { reportMissingNames } from '../report/missing-names.ts';
import { describePullSecret, reportPullSecret } from '../report/pull-secret.ts';
import type { Settings } from '../settings/table.ts';
import { RefusedConfigurationError, validateTree } from '../validate/validate.ts';
import { writeWatchList } from '../watch/watch-list.ts';
import { readTree } from './read-tree.ts';
import { readUpdateState, reportUpdate, type UpdateState, writeUpdateState } from './state.ts';

/** What an update is about, and whom it acts for. */
export interface UpdateContext {
  readonly settings: Settings;
  readonly run: RunPaths;
  readonly user: RunUser | undefined;
  readonly log: Logger;
}

/**
 * Reads the inputs and, where they changed since the last time, brings the running appliance
 * there. A change that is broken is said once and leaves everything as it is. A change that
 * could not be carried out, because a program did not start in time for example, is taken up
 * again by the next call.
 *
 * @returns whether there is nothing left to do before an input changes.
 */
export async function update(context: UpdateContext): Promise<boolean> {
  const { settings, run, log } = context;
  const certificatePath = await findCertificate(settings, run);
  const inputs = await readInputs(
    { ...settings, CERTIFICATEPATH: certificatePath },
    await findAuthority(settings, run),
  );
  await writeWatchList(settings, run, inputs.policyFiles);
  let state = await readUpdateState(run);
  const keep = async (changed: Partial<UpdateState>) => {
    state = { ...state, ...changed };
    await writeUpdateState(run, state);
  };
  const fingerprint = fingerprintInputs(inputs);
  if (fingerprint === state.fingerprint && state.unfinished === undefined) return true;
  try {
    const model = await apply(context, inputs, state.unfinished, (unfinished) =>
      keep({ unfinished }),
    );
    // The start has said it already.
    if (state.fingerprint !== '') reportPullSecret(model, log);
    await keep({ fingerprint, pullSecret: describePullSecret(model), unfinished: undefined });
    await reportUpdate(run, true, state.failures, state.pullSecret ?? []);
    return true;
  } catch (error) {
    const isFinal = tell(error, log);
    await keep({ failures: state.failures + 1, ...(isFinal ? { fingerprint } : {}) });
    await reportUpdate(run, false, state.failures, state.pullSecret ?? []);
    return isFinal && state.unfinished === undefined;
  }
}

/** Logs why a change is not in use; true where trying it again would change nothing. */
function tell(error: unknown, log: Logger): boolean {
  if (error instanceof InvalidInputError) {
    const issues = error.issues.map(formatIssue);
    log.error({ issues }, 'a changed input is broken; the last good configuration stays');
    return true;
  }
  log.error({ err: error }, 'a changed input could not be applied');
  return error instanceof RefusedConfigurationError;
}

async function apply(
  { settings, run, user, log }: UpdateContext,
  inputs: Inputs,
  unfinished: ReloadPlan | undefined,
  onPlan: (plan: ReloadPlan) => Promise<void>,
): Promise<Model> {
  const drawn = unwrap(buildModel(settings, inputs, await readHost(run)));
  const model = await withProxyCertificate(drawn, run, new Date());
  reportMissingNames(model, log);
  reportCheapHashes(model, log);
  const tree = renderTree(model, run, user?.name);
  const changes = findChanges(await readTree(run, ['etc', 'secrets']), tree);
  const hasChanged = changes.written.length + changes.removed.length > 0;
  if (!hasChanged && unfinished === undefined) return model;
  await writeTree(run.staged, tree, user);
  const needed = planReloads(changes);
  const plan = unfinished === undefined ? needed : mergePlans(unfinished, needed);
  await Promise.all([
    validateTree(run.staged, user, plan),
    plan.startEngines.length > 0
      ? prepareStoreAs(user, settings.REGISTRYDIR, plan.startEngines)
      : undefined,
  ]);
  // Noted first: written files look as if they were in use, whatever keeps the reload from it.
  await onPlan(plan);
  await applyChanges(run.root, tree, changes, user);
  await runReloads(plan, run, log);
  return model;
}

function fingerprintInputs({ authorities, clientFiles, ...texts }: Inputs): string {
  const clients = [...clientFiles].map(([path, pem]) => [path, pem.reveal()]);
  const everything = JSON.stringify([texts, [...authorities], clients]);
  return createHash('sha256').update(everything).digest('hex');
}
