import { mkdir, realpath, stat } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { dirname, join } from 'node:path';
import { openBundle } from '@registry-cache/bundle';
import { findRunUser, prepareStore, type Settings, takeStoreOver } from '@registry-cache/config';
import {
  InvalidInputError,
  importedBundlesDir,
  runPaths,
  socketPath,
} from '@registry-cache/domain';
import { openTarget, reserve } from '@registry-cache/intake';
import type { Job } from '@registry-cache/jobs';
import { writeFileAtomic } from '@registry-cache/runtime';
import { becomeRunUser } from '../../become-run-user.ts';
import { count } from '../../count.ts';
import { readSettings } from '../../inputs.ts';
import { runJob } from '../../jobs/run-job.ts';
import { readNames } from '../../read-names.ts';
import { measureRoom } from '../room.ts';
import { readConfirmed } from './confirmed-input.ts';
import { countLeftOut, reportBundle } from './format-summary.ts';
import {
  type BundleImportOptions,
  type BundleImportSummary,
  importBundle,
} from './import-bundle.ts';

export interface BundlesOptions {
  readonly as?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  /** The file of names that are served. */
  readonly names?: string;
  /** Whether standard input is confirmed by the admin worker. */
  readonly confirmed?: boolean;
}

const STANDARD_INPUT = '-';

/** The status is 1 if an image was refused, or has no registry that is served here. */
export async function importBundles(
  bundles: readonly string[],
  { as, dryRun = false, json = false, names: namesFile, confirmed = false }: BundlesOptions,
): Promise<void> {
  setPriority(constants.priority.PRIORITY_LOW);
  const settings = readSettings();
  const names = await readNames(settings, namesFile);
  for (const bundle of bundles) await checkBundle(bundle);
  await takeOver(settings);
  await becomeRunUser();
  await prepareStore(settings.REGISTRYDIR, []);
  const root = await realpath(settings.REGISTRYDIR);
  const cleaner = socketPath(runPaths(process.env.RUNDIR), 'cleaner');
  const optionsOf = (job: Job, signal: AbortSignal): BundleImportOptions => ({
    job,
    settings,
    root,
    names,
    as,
    isDryRun: dryRun,
    prepare: (ids) => prepareStore(settings.REGISTRYDIR, ids),
    reserve: (bytes) => reserve(cleaner, bytes, signal),
    hostedSocket: socketPath(runPaths(process.env.RUNDIR), 'hosted'),
    signal,
  });
  const input = bundles.includes(STANDARD_INPUT) ? 'BUNDLE' : undefined;
  const named = as === undefined ? [] : ['--as', as];
  const args = confirmed ? ['import', ...named, ...bundles] : undefined;
  const work = { kind: 'import', what: bundles.join(' '), storeRoot: root, input, args } as const;
  await runJob({ ...work, isOnlyLooking: dryRun }, async (job, signal) => {
    let left = 0;
    for (const bundle of bundles) {
      const summary = await importOne(bundle, optionsOf(job, signal), confirmed);
      reportBundle(summary, json);
      left += countLeftOut(summary);
    }
    return left > 0 ? `${count(left, 'image')} left out` : undefined;
  });
}

async function importOne(
  bundle: string,
  options: BundleImportOptions,
  isConfirmed: boolean,
): Promise<BundleImportSummary> {
  const { root, settings, signal } = options;
  const room = await measureRoom(root, settings, { isPinning: true });
  const file = openTarget(root, '').temporaryFile();
  const isInput = bundle === STANDARD_INPUT;
  const stdin = isConfirmed ? readConfirmed(process.stdin) : process.stdin;
  const input = isInput ? (stdin as AsyncIterable<Buffer>) : undefined;
  const place = isInput ? 'standard input' : bundle;
  const opened = await openBundle(place, { file, maxBytes: room.bytes, signal }, input);
  try {
    const summary = await importBundle(opened, options);
    if (!options.isDryRun) await noteBundle(root, summary);
    return summary;
  } finally {
    await opened.close();
  }
}

/** So that the receipt names it. */
async function noteBundle(root: string, summary: BundleImportSummary): Promise<void> {
  const { digest } = summary;
  if (digest === undefined || countLeftOut(summary) > 0) return;
  await mkdir(importedBundlesDir(root), { recursive: true });
  await writeFileAtomic(join(importedBundlesDir(root), digest.replace(':', '-')), '');
}

async function checkBundle(bundle: string): Promise<void> {
  if (bundle === STANDARD_INPUT) return;
  await stat(bundle).catch((error: NodeJS.ErrnoException) => {
    const accepted = 'a folder, a tar, or - for standard input';
    throw new InvalidInputError([{ path: 'BUNDLE', found: `${bundle} (${error.code})`, accepted }]);
  });
}

/** Root gives the store to the programs' user. */
async function takeOver({ REGISTRYDIR }: Settings): Promise<void> {
  const user = await findRunUser().catch(() => undefined);
  if (user === undefined) return;
  await takeStoreOver(REGISTRYDIR, user, dirname(runPaths(process.env.RUNDIR).root));
}
