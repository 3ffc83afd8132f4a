import {
  type CacheEvent,
  formatDuration,
  formatSize,
  type OldestBlobs,
  oldestBlobsFile,
} from '@registry-cache/domain';
import {
  appendEvents,
  createLogger,
  giveBackWhenIdle,
  keepHeapLean,
  readWorkerOptions,
  untilStopped,
  writeFileAtomic,
  writeMetrics,
} from '@registry-cache/runtime';
import { CLEANER_OPTIONS } from './options.ts';
import { planLimits } from './plan/limits.ts';
import { Ledger } from './reservations/ledger.ts';
import { ReservationQueue } from './reservations/queue.ts';
import { serveReservations } from './reservations/server.ts';
import { describeEvictions } from './run/describe-evictions.ts';
import { describeSize } from './run/describe-size.ts';
import { keepWithinLimits } from './run/keep-within-limits.ts';
import { buildMetrics, isEarly, logProblems, logRun } from './run/report.ts';
import { logPins } from './run/report-pins.ts';
import type { RunReport } from './run/run-once.ts';
import { addToTotals, NO_TOTALS } from './run/totals.ts';
import { readDisk } from './scan/read-disk.ts';

keepHeapLean();
giveBackWhenIdle();
const [optionsFile = ''] = process.argv.slice(2);
const options = await readWorkerOptions(optionsFile, CLEANER_OPTIONS);
const log = createLogger('cleaner', options.logLevel, options.logFormat);
const limits = planLimits(options.maxSizeBytes, options.thresholdPercent);
const ledger = new Ledger(limits, options.minFree);
const queue = new ReservationQueue(ledger);
const stop = new AbortController();
let totals = NO_TOTALS;
let knownProblems = '';
let knownPins = '';

void untilStopped().then((signal) => stop.abort(signal));
const server = await serveReservations({
  socket: options.socket,
  reserve: (reservation, signal) => queue.reserve(reservation, signal),
});
log.info(
  {
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
  readDisk,
  ledger,
  queue,
  async onRun(reason, report) {
    await tellHistory([...describeEvictions(report, reason), describeSize(report, limits)]);
    await noteOldest(report);
    totals = addToTotals(totals, reason, report);
    logRun(log, reason, report);
    knownProblems = logProblems(log, reason, report, knownProblems);
    knownPins = logPins(log, report, isEarly(reason), knownPins);
    await writeMetrics(
      options.metricsDir,
      'cleaner',
      buildMetrics(report, limits, totals, ledger.disk),
    );
  },
  onFailure(reason, error) {
    log.error({ reason, err: error }, 'could not clean; the next turn tries again');
  },
});
await server.stop();
log.info('stopped');

/** A history that cannot be written must not stop the other work. */
async function tellHistory(events: readonly CacheEvent[]): Promise<void> {
  await appendEvents(options.events, events).catch((error: unknown) => {
    log.warn({ err: error }, 'could not write events for the history');
  });
}

/** For the admin API, which tells what goes first. */
async function noteOldest({ oldest, startedMs }: RunReport): Promise<void> {
  const noted: OldestBlobs = { measured: new Date(startedMs).toISOString(), ...oldest };
  const file = oldestBlobsFile(options.storeRoot);
  await writeFileAtomic(file, JSON.stringify(noted), 0o640, { isLasting: false }).catch(
    (error: unknown) => {
      log.warn({ err: error }, 'could not note the oldest blobs');
    },
  );
}
