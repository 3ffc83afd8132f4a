import { realpath } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { dirname, relative } from 'node:path';
import {
  findRunUser,
  prepareStore,
  type Settings,
  takeFolderOver,
  takeStoreOver,
} from '@registry-cache/config';
import { runPaths, socketPath } from '@registry-cache/domain';
import { openTarget, reserve } from '@registry-cache/intake';
import type { Job } from '@registry-cache/jobs';
import { becomeRunUser } from '../become-run-user.ts';
import { count } from '../count.ts';
import { readSettings } from '../inputs.ts';
import { runJob } from '../jobs/run-job.ts';
import { printJson } from '../print-json.ts';
import { createProgress } from '../progress.ts';
import { type DistributionLayout, findDistribution } from './distribution/layout.ts';
import { openDistribution } from './distribution/source.ts';
import { findUpstream, type ImportUpstream } from './find-upstream.ts';
import { formatPlan, formatSummary, type ImportSummary, nameUnit } from './format-import.ts';
import { matchRepository } from './match-repository.ts';
import { chooseUnits } from './plan/choose-units.ts';
import { readPlan } from './plan/read-plan.ts';
import { measureRoom, refuseWithoutRoom } from './room.ts';
import { runImport } from './run-import.ts';
import type { ImportSource } from './source.ts';

export interface DistributionOptions {
  readonly fromDistribution: string;
  readonly upstream: string;
  readonly repository?: readonly string[];
  readonly whatFits?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/**
 * The status is 1 if a blob is rotten, or if clients filled the store meanwhile. Images that
 * `--what-fits` leaves do not count.
 */
export async function importDistribution(options: DistributionOptions): Promise<void> {
  setPriority(constants.priority.PRIORITY_LOW);
  const settings = readSettings();
  const upstream = await findUpstream(settings, options.upstream);
  const layout = await findDistribution(options.fromDistribution, settings.REGISTRYDIR);
  if (!options.dryRun) await takeOver(settings, layout);
  await becomeRunUser();
  if (!options.dryRun) await prepareStore(settings.REGISTRYDIR, [upstream.id]);
  const what = `${options.fromDistribution} as ${upstream.key}`;
  const work = { kind: 'import', what, storeRoot: settings.REGISTRYDIR } as const;
  await runJob({ ...work, isOnlyLooking: options.dryRun === true }, async (job, signal) => {
    const source = openDistribution(layout);
    const summary = await run(source, upstream, settings, options, { job, signal });
    return summary && report(summary, options);
  });
}

/** Returns why it counts as failed, if it does. */
function report(summary: ImportSummary, { json = false }: DistributionOptions): string | undefined {
  if (json) printJson(summary);
  else for (const line of formatSummary(summary)) console.log(line);
  const { rotten } = summary;
  if (rotten.length === 0) return undefined;
  process.exitCode = 1;
  return `${count(rotten.length, 'blob')} rotten`;
}

/** Root gives the store, and a folder to move files from, to the programs' user. */
async function takeOver({ REGISTRYDIR }: Settings, layout: DistributionLayout): Promise<void> {
  const user = await findRunUser().catch(() => undefined);
  if (user === undefined) return;
  await takeStoreOver(REGISTRYDIR, user, dirname(runPaths(process.env.RUNDIR).root));
  if (!layout.isInStore) return;
  const top = await realpath(REGISTRYDIR);
  await takeFolderOver(top, relative(top, layout.dataDir), user);
}

/** Undefined for a dry run. */
async function run(
  source: ImportSource,
  upstream: ImportUpstream,
  settings: Settings,
  { repository = [], whatFits = false, dryRun = false }: DistributionOptions,
  { job, signal }: { readonly job: Pick<Job, 'update'>; readonly signal: AbortSignal },
): Promise<ImportSummary | undefined> {
  const root = await realpath(settings.REGISTRYDIR);
  const target = openTarget(root, upstream.id);
  const matches = matchRepository(repository);
  const isWanted = (name: string) => upstream.covers(name) && matches(name);
  const plan = await readPlan({ source, target, isWanted, signal });
  const room = await measureRoom(root, settings, { isMoving: source.isMoving });
  const chosen = chooseUnits(plan, whatFits ? room.bytes : Number.POSITIVE_INFINITY);
  process.stderr.write(`${formatPlan(plan, chosen, { ...room, isMoving: source.isMoving })}\n`);
  if (!whatFits) refuseWithoutRoom(room, plan.newBytes);
  if (dryRun) return undefined;
  const cleaner = socketPath(runPaths(process.env.RUNDIR), 'cleaner');
  const totals = { totalBytes: chosen.newBytes };
  const progress = createProgress({ work: 'import', job, totals });
  const { crowdedOut, ...result } = await runImport({
    source,
    target,
    plan,
    units: chosen.units,
    reserve: (bytes) => reserve(cleaner, bytes, signal),
    onProgress: ({ readBytes, rotten }) => progress.tell({ doneBytes: readBytes }, { rotten }),
    signal,
  }).finally(progress.clear);
  if (crowdedOut.length > 0) process.exitCode = 1;
  const left = [...chosen.left, ...crowdedOut].flatMap(nameUnit);
  return { upstream: upstream.key, ...result, left, skipped: source.leftOut };
}
