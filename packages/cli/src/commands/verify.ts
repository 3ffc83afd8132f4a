import { constants, setPriority } from 'node:os';
import {
  createPolitePace,
  type DamagedBlob,
  type VerifyReport,
  verifyStore,
} from '@registry-cache/cleaner';
import { formatSize } from '@registry-cache/domain';
import type { Command } from 'commander';
import { becomeRunUser } from '../become-run-user.ts';
import { count } from '../count.ts';
import { readSettings } from '../inputs.ts';
import { runJob } from '../jobs/run-job.ts';
import { createProgress } from '../progress.ts';
import { verifyBundles } from '../verify/verify-bundles.ts';
import { warn } from '../warn.ts';

export function addVerify(program: Command): void {
  program
    .command('verify')
    .description(
      'Reads every blob of the store, or bundles, and lists the damaged ones, with their repositories.',
    )
    .argument('[BUNDLE...]', 'folders or tars of an export (default: the store)')
    .option('--remove', 'remove damaged blobs of the store, so that they are fetched again')
    .action(verify);
}

function verify(bundles: readonly string[], options: { remove?: boolean }): Promise<void> {
  return bundles.length > 0 ? verifyBundles(bundles, options) : verifyOwnStore(options);
}

/** The status is 1 if damage stays or a file cannot be read. */
async function verifyOwnStore({ remove = false }: { remove?: boolean }): Promise<void> {
  setPriority(constants.priority.PRIORITY_LOW);
  const { REGISTRYDIR: root } = readSettings();
  await becomeRunUser();
  await runJob({ kind: 'verify', what: 'the store', storeRoot: root }, async (job, signal) => {
    const progress = createProgress({ work: 'verify', job });
    const report = await verifyStore({
      root,
      nowMs: Date.now(),
      pace: createPolitePace(signal),
      remove,
      onProgress: ({ damaged, ...done }) => progress.tell(done, { damaged }),
    }).finally(progress.clear);
    return reportVerified(report, remove);
  });
}

/** Returns why it counts as failed, if it does. */
function reportVerified(
  { blobs, bytes, damaged, problems }: VerifyReport,
  remove: boolean,
): string | undefined {
  for (const one of damaged) console.log(formatDamaged(one));
  const removed = damaged.filter(({ isRemoved }) => isRemoved).length;
  const tail = remove ? `, ${removed} removed` : '';
  console.log(`${formatSize(bytes)} in ${blobs} blobs; ${damaged.length} damaged${tail}`);
  for (const { code, count: files, firstPath } of problems) {
    warn(`${code}: ${files} files could not be read or removed, ${firstPath} first`);
  }
  if (removed === damaged.length && problems.length === 0) return undefined;
  process.exitCode = 1;
  return `${count(damaged.length - removed, 'damaged blob')} left, ${problems.length} problems`;
}

function formatDamaged({ digest, sizeBytes, namedBy, isRemoved }: DamagedBlob): string {
  const state = isRemoved ? 'removed' : 'damaged';
  return [state, formatSize(sizeBytes), digest, ...namedBy].join(' ');
}
