import { type Logger, type RunPaths, unwrap } from '@registry-cache/domain';
import { applyChanges } from './apply/write-tree.ts';
import { ensureAuthority, findAuthority } from './certificate/authority.ts';
import { ensureCertificate } from './certificate/ensure.ts';
import { withProxyCertificate } from './certificate/ensure-proxy.ts';
import { createHost, prepareRun } from './host/prepare-run.ts';
import { prepareEngineRoot, prepareStore } from './host/prepare-store.ts';
import { findRunUser, type RunUser } from './host/user.ts';
import { readInputs } from './inputs/read.ts';
import { buildModel, type Model } from './model/build.ts';
import { renderTree } from './render/tree.ts';
import type { Settings } from './settings/table.ts';
import { validateTree } from './validate/validate.ts';

/**
 * Everything before the first program starts: run directory, store, certificate, and the
 * configuration, checked by the programs it is for.
 *
 * @throws InvalidInputError with every issue of settings and files.
 * @throws RefusedConfigurationError when a program refuses what was rendered.
 */
export async function boot(settings: Settings, run: RunPaths, log: Logger): Promise<void> {
  const user = await findRunUser();
  await prepareRun(run, user);
  const certificatePath = await ensureCertificate(settings, run, log);
  await ensureAuthority(settings, run, log);
  const inputs = await readInputs(
    { ...settings, CERTIFICATEPATH: certificatePath },
    await findAuthority(settings, run),
  );
  const drawn = unwrap(buildModel(settings, inputs, createHost()));
  const model = await withProxyCertificate(drawn, run, new Date());
  const tree = renderTree(model, run, user?.name);
  // Nothing runs yet, so the tree can be checked where it will be used.
  await applyChanges(run.root, tree, { written: [...tree.keys()], removed: [] }, user);
  await Promise.all([validateTree(run.root, user), prepareStoreFor(model, user)]);
  log.info({ upstreams: model.upstreams.map(({ key }) => key) }, 'configured');
}

async function prepareStoreFor(model: Model, user: RunUser | undefined): Promise<void> {
  const root = model.settings.REGISTRYDIR;
  await prepareStore(root, user);
  for (const { id } of model.upstreams) await prepareEngineRoot(root, id, user);
}
