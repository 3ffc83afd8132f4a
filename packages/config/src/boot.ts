import { formatMany, type RunPaths, unwrap } from '@registry-cache/domain';
import type { Logger } from '@registry-cache/runtime';
import { applyChanges } from './apply/write-tree.ts';
import { loadModel } from './load/load-model.ts';
import { waitForPair } from './load/wait-for-pair.ts';
import { recordConfiguration } from './machine/audit-child.ts';
import { createBootFacts } from './machine/boot-facts.ts';
import { prepareRun } from './machine/prepare-run.ts';
import { takeStoreOver } from './machine/prepare-store.ts';
import { findRunUser, type RunUser } from './machine/run-user.ts';
import { prepareStoreAs } from './machine/store-child.ts';
import type { Model } from './model/build.ts';
import { renderTree } from './render/tree.ts';
import { reportAccess } from './report/access.ts';
import { reportAliases, reportOldCache } from './report/aliases.ts';
import { reportCheapHashes } from './report/cheap-hashes.ts';
import { reportMissingNames } from './report/missing-names.ts';
import { reportOpenCredentials } from './report/open-credentials.ts';
import { reportPublicRegistries } from './report/public-registries.ts';
import { reportPullSecret } from './report/pull-secret.ts';
import { reportStart, reportVersion } from './report/start.ts';
import type { Settings } from './settings/table.ts';
import { validateTree } from './validate/validate.ts';
import { writeWatchList } from './watch/watch-list.ts';

/**
 * Everything before the first program starts: run directory, store, certificate, and the
 * configuration, which its own programs check.
 *
 * @throws InvalidInputError with every issue of settings and files.
 * @throws RefusedConfigurationError when a program refuses its rendered configuration.
 */
export async function boot(settings: Settings, run: RunPaths, log: Logger): Promise<void> {
  reportVersion(log);
  const user = await findRunUser();
  await prepareRun(run, user);
  const model = await loadForBoot(settings, run, log);
  const tree = renderTree(model, run, user?.name);
  // Nothing runs yet, so the tree can be checked where it will be used.
  await applyChanges(run.root, tree, { written: [...tree.keys()], removed: [] }, user);
  await Promise.all([validateTree(run.root, user), prepareStoreFor(model, user, run.root, log)]);
  // The first update adds the files that only the policy names.
  await writeWatchList(settings, run, []);
}

async function loadForBoot(settings: Settings, run: RunPaths, log: Logger): Promise<Model> {
  const facts = createBootFacts();
  const pairWait = waitForPair(
    log,
    'the certificate and its key do not fit; waiting for a new pair',
  );
  const loaded = await loadModel({ settings, run, facts, certificates: 'make', log, pairWait });
  const model = unwrap(loaded.model);
  reportAliases(settings, log);
  await reportOldCache(settings, log);
  reportStart(model, log);
  reportMissingNames(model, log);
  reportCheapHashes(model, log);
  reportPullSecret(model, log);
  reportPublicRegistries(model, log);
  reportOpenCredentials(model, log);
  reportAccess(model, log);
  return model;
}

/** What the appliance starts with, for the audit log. */
function describeBoot({ upstreams, htpasswd, access, trust, admission, hosted }: Model): string {
  const users = htpasswd?.trimEnd().split('\n').length ?? 0;
  const parts = [
    `started with ${formatMany(upstreams.length, 'registry', 'registries')}, ${formatMany(users, 'user')}, ${formatMany(access?.rules.length ?? 0, 'rule')} of access`,
    ...(trust === undefined ? [] : [`${trust.length} rules of trust`]),
    ...(admission === undefined ? [] : [`${admission.length} rules of admission`]),
    ...(hosted === undefined ? [] : [`${hosted.names.length} hosted registries`]),
  ];
  return parts.join(', ');
}

async function prepareStoreFor(
  model: Model,
  user: RunUser | undefined,
  runRoot: string,
  log: Logger,
): Promise<void> {
  const root = model.settings.REGISTRYDIR;
  if (user !== undefined) await takeStoreOver(root, user, runRoot);
  await prepareStoreAs(
    user,
    root,
    model.upstreams.map(({ id }) => id),
  );
  await recordConfiguration({ user, storeRoot: root, log }, { because: describeBoot(model) });
}
