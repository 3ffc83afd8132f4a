import { createHash } from 'node:crypto';
import {
  formatIssue,
  InvalidInputError,
  type Logger,
  type RunPaths,
  unwrap,
} from '@registry-cache/domain';
import { findChanges, planReloads } from '../apply/changes.ts';
import { runReloads } from '../apply/reload.ts';
import { applyChanges, writeTree } from '../apply/write-tree.ts';
import { findAuthority } from '../certificate/authority.ts';
import { findCertificate } from '../certificate/ensure.ts';
import { withProxyCertificate } from '../certificate/ensure-proxy.ts';
import { reportMissingNames } from '../certificate/report-missing-names.ts';
import { readHost } from '../host/read-host.ts';
import { prepareStoreAs } from '../host/store-child.ts';
import type { RunUser } from '../host/user.ts';
import { reportCheapHashes } from '../htpasswd/cheap-hashes.ts';
import { type Inputs, readInputs } from '../inputs/read.ts';
import { buildModel, type Model } from '../model/build.ts';
import { describePullSecret, reportPullSecret } from '../pull-secret/report.ts';
import { renderTree } from '../render/tree.ts';
import type { Settings } from '../settings/table.ts';
import { validateTree } from '../validate/validate.ts';
import { writeWatchList } from '../watch/watch-list.ts';
import { readTree } from './read-tree.ts';
import { readUpdateState, reportUpdate, writeUpdateState } from './state.ts';

/** What an update is about, and whom it acts for. */
export interface UpdateContext {
  readonly settings: Settings;
  readonly run: RunPaths;
  readonly user: RunUser | undefined;
  readonly log: Logger;
}

/**
 * Reads the inputs and, where they changed since the last time, brings the running appliance
 * there. A change that is broken is said once and leaves everything as it is.
 */
export async function update(context: UpdateContext): Promise<void> {
  const { settings, run, log } = context;
  const certificatePath = await findCertificate(settings, run);
  const inputs = await readInputs(
    { ...settings, CERTIFICATEPATH: certificatePath },
    await findAuthority(settings, run),
  );
  await writeWatchList(settings, run, inputs.policyFiles);
  const state = await readUpdateState(run);
  const fingerprint = fingerprintInputs(inputs);
  if (fingerprint === state.fingerprint) return;
  let { failures, pullSecret = [] } = state;
  try {
    const model = await apply(context, inputs);
    pullSecret = describePullSecret(model);
    // The start has said it already.
    if (state.fingerprint !== '') reportPullSecret(model, log);
  } catch (error) {
    failures += 1;
    if (error instanceof InvalidInputError) {
      const issues = error.issues.map(formatIssue);
      log.error({ issues }, 'a changed input is broken; the last good configuration stays');
    } else {
      log.error({ err: error }, 'a changed input could not be applied');
    }
  }
  await writeUpdateState(run, { fingerprint, failures, pullSecret });
  await reportUpdate(run, failures === state.failures, failures, pullSecret);
}

async function apply({ settings, run, user, log }: UpdateContext, inputs: Inputs): Promise<Model> {
  const drawn = unwrap(buildModel(settings, inputs, await readHost(run)));
  const model = await withProxyCertificate(drawn, run, new Date());
  reportMissingNames(model, log);
  reportCheapHashes(model, log);
  const tree = renderTree(model, run, user?.name);
  const changes = findChanges(await readTree(run, ['etc', 'secrets']), tree);
  if (changes.written.length + changes.removed.length === 0) return model;
  await writeTree(run.staged, tree, user);
  const plan = planReloads(changes);
  await Promise.all([
    validateTree(run.staged, user, plan),
    plan.startEngines.length > 0
      ? prepareStoreAs(user, settings.REGISTRYDIR, plan.startEngines)
      : undefined,
  ]);
  await applyChanges(run.root, tree, changes, user);
  await runReloads(plan, run, log);
  return model;
}

function fingerprintInputs({ authorities, clientFiles, ...texts }: Inputs): string {
  const clients = [...clientFiles].map(([path, pem]) => [path, pem.reveal()]);
  const everything = JSON.stringify([texts, [...authorities], clients]);
  return createHash('sha256').update(everything).digest('hex');
}
