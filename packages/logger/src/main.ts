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
import { collectLog } from './collect/collect-log.ts';
import { LOGGER_OPTIONS } from './options.ts';
import { ADVICE } from './run/advice.ts';
import { buildMetrics, createCounts } from './run/counts.ts';
import { followAccessLog } from './run/follow-access-log.ts';
import { createRarely } from './run/rarely.ts';

const WARN_EVERY_MS = 60_000;
/** Of one kind of request that an operator should know of. */
const NOTE_EVERY_MS = 3_600_000;

keepHeapLean();
giveBackWhenIdle();
const [optionsFile = ''] = process.argv.slice(2);
const options = await readWorkerOptions(optionsFile, LOGGER_OPTIONS);
const log = createLogger('logger', options.logLevel);
const stop = new AbortController();
/** After the last line is written. */
const followed = new AbortController();
const counts = createCounts();
const rarelyOfCollects = createRarely(WARN_EVERY_MS);
const rarelyOfLines = createRarely(WARN_EVERY_MS);
const rarelyOfTouches = createRarely(WARN_EVERY_MS);
const rarelyOfSaves = createRarely(WARN_EVERY_MS);
const rarelyOfNotes = new Map(ACCESS_NOTES.map((note) => [note, createRarely(NOTE_EVERY_MS)]));
let warned = { skippedLines: 0, failedTouches: 0 };

void untilStopped().then((signal) => stop.abort(signal));
await mkdir(dirname(options.stateFile), { recursive: true });
log.info({ accessLog: options.accessLog, store: options.storeRoot }, 'started');
await Promise.all([
  collectLog({
    pipe: options.logPipe,
    accessLog: options.accessLog,
    rotateAtBytes: options.rotateAtBytes,
    signal: stop.signal,
    onFailure(error) {
      rarelyOfCollects(() => log.warn({ err: error }, 'could not write the access log'));
    },
  }).then(() => followed.abort()),
  followAccessLog({
    storeRoot: options.storeRoot,
    accessLog: options.accessLog,
    stateFile: options.stateFile,
    counts,
    nowMs: Date.now,
    signal: followed.signal,
    onNoted({ note, ...fields }) {
      rarelyOfNotes.get(note)?.(() => log.warn(fields, ADVICE[note]));
    },
    async onSave() {
      warnOfFaults();
      await writeMetrics(options.metricsDir, 'logger', buildMetrics(counts));
    },
    onFailure(error) {
      rarelyOfSaves(() => log.warn({ err: error }, 'could not save place or metrics'));
    },
  }),
]);
log.info({ lines: counts.lines, touched: counts.touched }, 'stopped');

function warnOfFaults(): void {
  const { skippedLines, failedTouches } = counts;
  if (skippedLines > warned.skippedLines) {
    rarelyOfLines(() => {
      log.warn({ lines: skippedLines - warned.skippedLines }, 'skipped lines that are no records');
      warned = { ...warned, skippedLines };
    });
  }
  if (failedTouches > warned.failedTouches) {
    rarelyOfTouches(() => {
      log.warn({ blobs: failedTouches - warned.failedTouches }, 'could not set access times');
      warned = { ...warned, failedTouches };
    });
  }
}
