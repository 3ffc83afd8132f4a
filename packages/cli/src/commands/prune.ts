import { planLimits, previewRun, runOnce } from '@registry-cache/cleaner';
import { formatSize, parseSize, unwrap } from '@registry-cache/domain';
import type { Command } from 'commander';
import { readSettings } from '../inputs.ts';

interface PruneOptions {
  readonly dryRun?: boolean;
  readonly to?: string;
}

export function addPrune(program: Command): void {
  program
    .command('prune')
    .description('Brings the store within its limit now, oldest access first.')
    .option('--dry-run', 'only say what would go')
    .option('--to <size>', 'down to this size, such as 5G (default: as the cleaner would)')
    .action(prune);
}

async function prune({ dryRun = false, to }: PruneOptions): Promise<void> {
  const settings = readSettings();
  const limits =
    to === undefined
      ? planLimits(settings.CLEANER_MAXSIZE, settings.CLEANER_THRESHOLD_PERCENTAGE)
      : planLimits(unwrap(parseSize('--to', to)), 0);
  if (!dryRun) {
    const nowMs = Date.now;
    const report = await runOnce({ root: settings.REGISTRYDIR, limits, nowMs, sweepAlways: true });
    const { usedBeforeBytes, usedAfterBytes, removedLinks } = report;
    const sizes = `${formatSize(usedBeforeBytes)} before, ${formatSize(usedAfterBytes)} after`;
    console.log(`${sizes}, ${removedLinks} links removed, ${report.blobs} blobs remain`);
    return;
  }
  const preview = await previewRun(settings.REGISTRYDIR, limits, Date.now());
  for (const { digest, sizeBytes, lastAccessMs, namedBy } of preview.victims) {
    const accessed = new Date(lastAccessMs).toISOString();
    console.log(`${accessed} ${formatSize(sizeBytes)} ${digest} ${namedBy.join(' ')}`);
  }
  const { usedBytes, blobs, bytesToFree, victims } = preview;
  const would = `${victims.length} would go, ${formatSize(bytesToFree)}`;
  console.log(`${formatSize(usedBytes)} in ${blobs} blobs; ${would}`);
}
