import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ACCESS_NOTES } from '@registry-cache/domain';
import {
  createLogger,
  giveBackWhenIdle,
  keepHeapLean,
  readWorkerOptions,
  untilStopped,
  writeMetrics,
} from '@registry-cache/runtime';
import { AuditBook, AuditWriteError } from './audit/audit-book.ts';
import { openRegistries } from './audit/open-registries.ts';
import { collectLog } from './collect/collect-log.ts';
import { followReport } from './forward/follow-report.ts';
import { LOGGER_OPTIONS } from './options.ts';
import { ADVICE } from './run/advice.ts';
import { buildMetrics, createCounts } from './run/counts.ts';
import { followAccessLog } from './run/follow-access-log.ts';
import { createThrottle } from './run/throttle.ts';

const WARN_EVERY_MS = 60_000;
/** The pause between two log lines for one kind of noted request. */
const NOTE_EVERY_MS = 3_600_000;

keepHeapLean();
giveBackWhenIdle();
const [optionsFile = ''] = process.argv.slice(2);
const options = await readWorkerOptions(optionsFile, LOGGER_OPTIONS);
const log = createLogger('logger', options.logLevel, options.logFormat);
const registries = await openRegistries(options.registriesFile, log);
const stop = new AbortController();
/** Aborted after the collector has written its last line. */
const followed = new AbortController();
const counts = createCounts(registries.known);
const throttleCollects = createThrottle(WARN_EVERY_MS);
const throttleLines = createThrottle(WARN_EVERY_MS);
const throttleTouches = createThrottle(WARN_EVERY_MS);
const throttleSaves = createThrottle(WARN_EVERY_MS);
const throttleAudits = createThrottle(WARN_EVERY_MS);
const throttleReports = createThrottle(WARN_EVERY_MS);
const throttleNotes = new Map(ACCESS_NOTES.map((note) => [note, createThrottle(NOTE_EVERY_MS)]));
let warned = { skippedLines: 0, failedTouches: 0 };

void untilStopped().then((signal) => stop.abort(signal));
await mkdir(dirname(options.stateFile), { recursive: true });
log.info('started');
await Promise.all([
  options.forward === undefined
    ? undefined
    : followReport({
        ...options.forward,
        log,
        signal: stop.signal,
        onMetrics: (metrics) => writeMetrics(options.metricsDir, 'log-forward', metrics),
        onFailure(error) {
          throttleReports(() => log.warn({ err: error }, 'could not count the lines on their way'));
        },
      }),
  collectLog({
    pipe: options.logPipe,
    accessLog: options.accessLog,
    rotateAtBytes: options.rotateAtBytes,
    signal: stop.signal,
    onFailure(error) {
      throttleCollects(() => log.warn({ err: error }, 'could not write the access log'));
    },
  }).then(() => followed.abort()),
  followAccessLog({
    storeRoot: options.storeRoot,
    accessLog: options.accessLog,
    stateFile: options.stateFile,
    counts,
    audit: new AuditBook({ ...options.audit, registries: registries.known }),
    beforeLines: registries.refresh,
    nowMs: Date.now,
    signal: followed.signal,
    onNoted({ note, ...fields }) {
      throttleNotes.get(note)?.(() => log.warn(fields, ADVICE[note]));
    },
    async onSave() {
      warnOfFaults();
      await writeMetrics(options.metricsDir, 'logger', buildMetrics(counts));
    },
    onFailure(error) {
      if (error instanceof AuditWriteError) {
        throttleAudits(() => log.warn({ err: error.cause, lost: error.lost }, error.message));
        return;
      }
      throttleSaves(() => log.warn({ err: error }, 'could not save position or metrics'));
    },
  }),
]);
log.info({ lines: counts.lines, touched: counts.touched }, 'stopped');

function warnOfFaults(): void {
  const { skippedLines, failedTouches } = counts;
  if (skippedLines > warned.skippedLines) {
    throttleLines(() => {
      log.warn({ lines: skippedLines - warned.skippedLines }, 'skipped lines that are not records');
      warned = { ...warned, skippedLines };
    });
  }
  if (failedTouches > warned.failedTouches) {
    throttleTouches(() => {
      log.warn({ blobs: failedTouches - warned.failedTouches }, 'could not set access times');
      warned = { ...warned, failedTouches };
    });
  }
}
