import { mkdir, realpath, stat } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { dirname, join } from 'node:path';
import { openBundle } from '@registry-cache/bundle';
import {
  findRunUser,
  listReferenceNames,
  loadDryRunModel,
  prepareStore,
  type Settings,
  takeStoreOver,
} from '@registry-cache/config';
import {
  escapeUnprintable,
  formatSize,
  InvalidInputError,
  importedBundlesDir,
  runPaths,
  socketPath,
  unwrap,
} from '@registry-cache/domain';
import { openTarget, reserve } from '@registry-cache/intake';
import type { Job } from '@registry-cache/jobs';
import { writeFileAtomic } from '@registry-cache/runtime';
import { becomeRunUser } from '../../become-run-user.ts';
import { count } from '../../count.ts';
import { readSettings } from '../../inputs.ts';
import { runJob } from '../../jobs/run-job.ts';
import { measureRoom } from '../room.ts';
import {
  type BundleImportOptions,
  type BundleImportSummary,
  importBundle,
} from './import-bundle.ts';

export interface BundlesOptions {
  readonly as?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const STANDARD_INPUT = '-';

/** The status is 1 if an image was refused, or has no registry that is served here. */
export async function importBundles(
  bundles: readonly string[],
  { as, dryRun = false, json = false }: BundlesOptions,
): Promise<void> {
  setPriority(constants.priority.PRIORITY_LOW);
  const settings = readSettings();
  const names = listReferenceNames(unwrap(await loadDryRunModel(settings)));
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
  const work = { kind: 'import', what: bundles.join(' '), storeRoot: root, input } as const;
  await runJob({ ...work, isOnlyLooking: dryRun }, async (job, signal) => {
    let left = 0;
    for (const bundle of bundles) {
      const summary = await importOne(bundle, optionsOf(job, signal));
      report(summary, json);
      left += countLeftOut(summary);
    }
    return left > 0 ? `${count(left, 'image')} left out` : undefined;
  });
}

async function importOne(
  bundle: string,
  options: BundleImportOptions,
): Promise<BundleImportSummary> {
  const { root, settings, signal } = options;
  const room = await measureRoom(root, settings, { isPinning: true });
  const file = openTarget(root, '').temporaryFile();
  const isInput = bundle === STANDARD_INPUT;
  const input = isInput ? (process.stdin as AsyncIterable<Buffer>) : undefined;
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
  if (digest === undefined || isWrong(summary)) return;
  await mkdir(importedBundlesDir(root), { recursive: true });
  await writeFileAtomic(join(importedBundlesDir(root), digest.replace(':', '-')), '');
}

function isWrong(summary: BundleImportSummary): boolean {
  return countLeftOut(summary) > 0;
}

function countLeftOut({ refused, notServed, nameless }: BundleImportSummary): number {
  const others = Object.values(notServed).reduce((sum, images) => sum + images, 0);
  return refused.length + nameless.length + others;
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

function report(summary: BundleImportSummary, isJson: boolean): void {
  if (isWrong(summary)) process.exitCode = 1;
  if (isJson) console.log(JSON.stringify(summary));
  else for (const line of formatSummary(summary)) console.log(line);
}

/** A line for each image that was not taken; the counts come last. */
function formatSummary(summary: BundleImportSummary): string[] {
  const { refused, notServed, nameless } = summary;
  return [
    ...refused.map(({ image, why }) => `refused ${image}: ${why}`),
    ...Object.entries(notServed).map(
      ([registry, images]) => `not served here: ${registry}, of ${count(images, 'image')}`,
    ),
    ...nameless.map(
      (label) => `no registry in the name ${escapeUnprintable(label)}: give it by --as`,
    ),
    formatCounts(summary),
  ];
}

function formatCounts({ imported, toImport, here, newBytes, refused }: BundleImportSummary) {
  const size = formatSize(newBytes);
  if (toImport !== undefined) {
    return `${count(toImport.length, 'image')} (${size} not here) to import, ${refused.length} refused`;
  }
  const taken = `${count(imported.length, 'image')} (${size}) imported`;
  return `${taken}, ${here.length} here before, ${refused.length} refused`;
}
