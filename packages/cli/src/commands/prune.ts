import {
  type DiskRoom,
  describeEvictions,
  diskSpace,
  isShortOfInodes,
  type Limits,
  type Preview,
  type Problem,
  planLimits,
  previewRun,
  type RunReport,
  readDisk,
  runOnce,
} from '@registry-cache/cleaner';
import { describeEvents, type Settings } from '@registry-cache/config';
import {
  type AuditEvent,
  auditFile,
  escapeUnprintable,
  type FreeSpace,
  formatSize,
  parseSize,
  unwrap,
} from '@registry-cache/domain';
import { appendAudit, appendEvents } from '@registry-cache/runtime';
import type { Command } from 'commander';
import { isElsewhere } from '../admin/admin-place.ts';
import { askHere } from '../admin/ask-here.ts';
import { formatPrune } from '../admin/format-prune.ts';
import { becomeRunUser } from '../become-run-user.ts';
import { readSettings } from '../inputs.ts';
import { printJson } from '../print-json.ts';
import { describePreview, describeRun } from '../prune/describe-prune.ts';
import { warn } from '../warn.ts';

interface PruneOptions {
  readonly dryRun?: boolean;
  readonly to?: string;
  readonly json?: boolean;
}

export function addPrune(program: Command): void {
  program
    .command('prune')
    .description('Brings the store within its limit now, oldest access first.')
    .option('--dry-run', 'only print the size of the store and the blobs that would be removed')
    .option(
      '--to <size>',
      'down to this size, such as 5G (default: by the settings of the cleaner)',
    )
    .option('--json', 'all of it as one JSON object')
    .action(prune);
}

async function prune({ dryRun = false, to, json = false }: PruneOptions): Promise<void> {
  if (isElsewhere()) {
    const answer = await askHere('prune', { to, dryRun });
    if (json) printJson(answer);
    else for (const line of formatPrune(answer)) console.log(escapeUnprintable(line));
    return;
  }
  const settings = readSettings();
  await becomeRunUser();
  const root = settings.REGISTRYDIR;
  const limits: Limits =
    to === undefined
      ? planLimits(settings.CLEANER_MAXSIZE, settings.CLEANER_THRESHOLD_PERCENTAGE)
      : planLimits(unwrap(parseSize('--to', to)), 0);
  const disk = to === undefined ? await readRoom(root, settings.CLEANER_MIN_FREE) : undefined;
  if (disk?.inodes !== undefined && isShortOfInodes(disk)) {
    const { available, minFree } = disk.inodes;
    const text = `${available} inodes are free on the disk, and ${minFree} have to stay free`;
    if (json) warn(text);
    else console.log(text);
  }
  if (dryRun) {
    const preview = await previewRun(root, limits, Date.now(), disk);
    if (json) printJson(describePreview(preview));
    else printPreview(preview, limits);
  } else {
    const options = { root, limits, nowMs: Date.now, sweepAlways: true };
    const report = await runOnce({ ...options, ...(disk && { disk }) });
    if (json) printJson(describeRun(report));
    else printReport(report);
    warnOfPins(report.pinned.bytes, limits);
    await recordPrune(root, report);
    await tellHistory(settings, report);
  }
}

/** Tells the audit log. The store is pruned already, so a log that fails is only reported. */
async function recordPrune(root: string, report: RunReport): Promise<void> {
  const because = describeReport(report);
  const event: AuditEvent = { event: 'prune', way: 'operator', because };
  await appendAudit(auditFile(root), [event]).catch((error: unknown) => {
    warn(`the audit log could not be written: ${String(error)}`);
  });
}

/** Like the cleaner's own evictions. */
async function tellHistory(settings: Settings, report: RunReport): Promise<void> {
  const events = describeEvictions(report, 'prune');
  if (events.length === 0) return;
  await appendEvents(describeEvents(settings, 'prune'), events).catch((error: unknown) => {
    warn(`the history could not be told: ${String(error)}`);
  });
}

async function readRoom(root: string, minFree: FreeSpace): Promise<DiskRoom | undefined> {
  const disk = await readDisk(root);
  return disk && diskSpace(disk, minFree);
}

function printPreview(
  { usedBytes, blobs, bytesToFree, pinned, victims, problems }: Preview,
  limits: Limits,
): void {
  for (const { digest, sizeBytes, lastAccessMs, namedBy } of victims) {
    const accessed = new Date(lastAccessMs).toISOString();
    console.log(`${accessed} ${formatSize(sizeBytes)} ${digest} ${namedBy.join(' ')}`);
  }
  const freedBytes = victims.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const would = `${victims.length} would be removed, ${formatSize(freedBytes)}`;
  console.log(`${formatSize(usedBytes)} in ${blobs} blobs; ${would}`);
  if (freedBytes < bytesToFree)
    warn('the rest is too young to be removed, or still being downloaded');
  warnOfPins(pinned.bytes, limits);
  warnOfProblems(problems);
}

function printReport(report: RunReport): void {
  console.log(describeReport(report));
  warnOfProblems(report.problems);
}

function warnOfPins(pinnedBytes: number, { targetBytes }: Limits): void {
  if (pinnedBytes <= targetBytes) return;
  warn(`pinned images take ${formatSize(pinnedBytes)} and stay; registry-cache pins lists them`);
}

function describeReport(report: RunReport): string {
  const { usedBeforeBytes, usedAfterBytes, removedLinks, blobs } = report;
  const sizes = `${formatSize(usedBeforeBytes)} before, ${formatSize(usedAfterBytes)} after`;
  return `${sizes}, ${removedLinks} links removed, ${blobs} blobs remain`;
}

function warnOfProblems(problems: readonly Problem[]): void {
  for (const { code, count, firstPath } of problems) {
    warn(`${code}: ${count} files could not be read or removed, ${firstPath} first`);
  }
}
