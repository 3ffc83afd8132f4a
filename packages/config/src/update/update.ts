import { formatIssue, InvalidInputError, type RunPaths, unwrap } from '@registry-cache/domain';
import type { Logger } from '@registry-cache/runtime';
import { findChanges, mergePlans, planReloads, type ReloadPlan } from '../apply/changes.ts';
import { runReloads } from '../apply/reload.ts';
import { applyChanges, writeTree } from '../apply/write-tree.ts';
import { loadModel } from '../load/load-model.ts';
import { waitForPair } from '../load/wait-for-pair.ts';
import { recordConfiguration } from '../machine/audit-child.ts';
import { readBootFacts } from '../machine/boot-facts.ts';
import type { RunUser } from '../machine/run-user.ts';
import { prepareStoreAs } from '../machine/store-child.ts';
import type { Model } from '../model/build.ts';
import { renderTree } from '../render/tree.ts';
import { reportAccess } from '../report/access.ts';
import { describeCertificate } from '../report/certificate.ts';
import { reportCheapHashes } from '../report/cheap-hashes.ts';
import { describeChanges, describeIssues } from '../report/describe-changes.ts';
import { reportMissingNames } from '../report/missing-names.ts';
import { describePullSecret, reportPullSecret } from '../report/pull-secret.ts';
import type { Settings } from '../settings/table.ts';
import { RefusedConfigurationError, validateTree } from '../validate/validate.ts';
import { writeWatchList } from '../watch/watch-list.ts';
import { loadWhole } from './load-whole.ts';
import { countRules } from './lost-rules.ts';
import { readTree } from './read-tree.ts';
import { readUpdateState, reportUpdate, type UpdateState, writeUpdateState } from './state.ts';
import { untilQuiet } from './until-quiet.ts';

/** Settings, run directory and user of an update. */
export interface UpdateOptions {
  readonly settings: Settings;
  readonly run: RunPaths;
  readonly user: RunUser | undefined;
  readonly log: Logger;
}

const PAIR_MESSAGE =
  'the certificate and its key do not fit; the last good pair stays until they do';

/**
 * Reads the inputs and applies them to the running appliance where they changed. A broken change is
 * logged once and leaves everything as it is. The next call tries a change again that could not be
 * carried out, for example because a program did not start in time.
 *
 * @returns whether all is done until an input changes.
 */
export async function update(context: UpdateOptions): Promise<boolean> {
  const { settings, run, log } = context;
  let state = await readUpdateState(run);
  const keep = async (changed: Partial<UpdateState>) => {
    state = { ...state, ...changed };
    await writeUpdateState(run, state);
  };
  let { fingerprint } = state;
  const place = { user: context.user, storeRoot: settings.REGISTRYDIR, log };
  try {
    const facts = await readBootFacts(run);
    const pairWait = waitForPair(log, PAIR_MESSAGE);
    const { hasPullSecret = false, rules: inForce = {} } = state;
    const hasRules = Object.keys(inForce).length > 0;
    const options = { settings, run, facts, pairWait, hasPullSecret, hasRules } as const;
    const loaded = await loadWhole({
      load: () => loadModel({ ...options, certificates: 'find' }),
      inForce,
      untilQuiet: () => untilQuiet(settings.POLICYPATH),
      log,
    });
    await writeWatchList(settings, run, loaded.policyFiles);
    fingerprint = loaded.fingerprint;
    if (fingerprint === state.fingerprint && state.unfinished === undefined) return true;
    const model = unwrap(loaded.model);
    await apply(context, model, state.unfinished, (unfinished) => keep({ unfinished }));
    // The boot has reported it already.
    if (state.fingerprint !== '') {
      reportPullSecret(model, log);
      reportAccess(model, log);
    }
    await keep({
      fingerprint,
      metrics: [...describePullSecret(model), ...describeCertificate(model)],
      hasPullSecret: !model.isPublic,
      rules: countRules(model),
      unfinished: undefined,
    });
    await reportUpdate(run, true, state.failures, state.metrics ?? []);
    return true;
  } catch (error) {
    const isFinal = tell(error, log);
    if (isFinal)
      await recordConfiguration(place, { verdict: 'refused', because: whyRefused(error) });
    await keep({ failures: state.failures + 1, ...(isFinal ? { fingerprint } : {}) });
    await reportUpdate(run, false, state.failures, state.metrics ?? []);
    return isFinal && state.unfinished === undefined;
  }
}

function whyRefused(error: unknown): string {
  if (error instanceof InvalidInputError) return describeIssues(error.issues);
  return 'a program refused a change; it is not in use';
}

/** Logs why a change is not in use. Returns whether another try would fail alike. */
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
  { settings, run, user, log }: UpdateOptions,
  model: Model,
  unfinished: ReloadPlan | undefined,
  onPlan: (plan: ReloadPlan) => Promise<void>,
): Promise<void> {
  reportMissingNames(model, log);
  reportCheapHashes(model, log);
  const tree = renderTree(model, run, user?.name);
  const current = await readTree(run, ['etc', 'secrets']);
  const changes = findChanges(current, tree);
  const hasChanged = changes.written.length + changes.removed.length > 0;
  if (!hasChanged && unfinished === undefined) return;
  await writeTree(run.staged, tree, user);
  const needed = planReloads(changes);
  const plan = unfinished === undefined ? needed : mergePlans(unfinished, needed);
  await Promise.all([
    validateTree(run.staged, user, plan),
    plan.startEngines.length > 0
      ? prepareStoreAs(user, settings.REGISTRYDIR, plan.startEngines)
      : undefined,
  ]);
  // The plan is noted first: written files look as if they were in use, even if the reload fails.
  await onPlan(plan);
  await applyChanges(run.root, tree, changes, user);
  await runReloads(plan, run, log);
  if (!hasChanged) return;
  const because = describeChanges(changes, current, tree);
  await recordConfiguration({ user, storeRoot: settings.REGISTRYDIR, log }, { because });
}
