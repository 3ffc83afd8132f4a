import {
  type CleanerOptions,
  createLogger,
  formatDuration,
  formatSize,
  keepHeapLean,
  readWorkerOptions,
  untilStopped,
  writeMetrics,
} from '@registry-cache/domain';
import { planLimits } from './plan/limits.ts';
import { readDiskUse } from './run/disk-use.ts';
import { keepWithinLimits } from './run/keep-within-limits.ts';
import { buildMetrics, logProblems, logRun } from './run/report.ts';
import { addToTotals, NO_TOTALS } from './run/totals.ts';

keepHeapLean();
const [optionsFile = ''] = process.argv.slice(2);
const options = await readWorkerOptions<CleanerOptions>(optionsFile);
const log = createLogger('cleaner', options.logLevel);
const limits = planLimits(options.maxSizeBytes, options.thresholdPercent);
const stop = new AbortController();
let totals = NO_TOTALS;
let knownProblems = '';

untilStopped().then((signal) => stop.abort(signal));
log.info(
  {
    store: options.storeRoot,
    startsAbove: formatSize(limits.startBytes),
    endsAt: formatSize(limits.targetBytes),
    every: formatDuration(options.everyMs),
  },
  'started',
);
await keepWithinLimits({
  root: options.storeRoot,
  limits,
  everyMs: options.everyMs,
  signal: stop.signal,
  nowMs: Date.now,
  readDiskUse,
  async onRun(reason, report) {
    totals = addToTotals(totals, report);
    logRun(log, reason, report);
    knownProblems = logProblems(log, reason, report, knownProblems);
    await writeMetrics(options.metricsDir, 'cleaner', buildMetrics(report, limits, totals));
  },
  onFailure(reason, error) {
    log.error({ reason, err: error }, 'could not clean; trying again at the next turn');
  },
});
log.info('stopped');
