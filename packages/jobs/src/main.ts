import { existsSync } from 'node:fs';
import {
  createLogger,
  giveBackWhenIdle,
  keepHeapLean,
  markOfFile,
  parseJson,
  readWorkerOptions,
  untilStopped,
  watchFile,
  writeMetrics,
} from '@registry-cache/runtime';
import { followLists } from './follow/follow-lists.ts';
import { pruneCopies } from './follow/followed-copies.ts';
import { type FollowedState, readFollowed, writeFollowed } from './follow/followed-state.ts';
import { buildMetrics } from './follow/metrics.ts';
import { runList } from './follow/run-list.ts';
import { JOBS_OPTIONS } from './options.ts';

keepHeapLean();
giveBackWhenIdle();
const [optionsFile = ''] = process.argv.slice(2);
const options = await readWorkerOptions(optionsFile, JOBS_OPTIONS);
const log = createLogger('jobs', options.logLevel, options.logFormat);
const watched = watchFile(optionsFile, options, {
  parse: (text) => parseJson(text, JOBS_OPTIONS),
  onChange: ({ lists }) => log.info({ lists: lists.map(({ list }) => list) }, 'options read'),
  onBroken: (error) => log.error({ err: error }, 'options are not usable, the last ones stay'),
});
const stop = new AbortController();
void untilStopped().then((signal) => stop.abort(signal));

const known = readFollowed(options.storeRoot);
await publish(known);
log.info('started');
await followLists({
  lists: async () => (await watched.current()).lists,
  markOf: markOfFile,
  isReady: () => existsSync(options.egressSocket),
  run: (list, signal) => {
    const onTold = (told: string) => log.warn({ list: list.list, told }, 'followed list');
    return runList(list, { command: options.command, signal, onTold });
  },
  known,
  keep: async (states) => {
    try {
      await writeFollowed(options.storeRoot, states);
    } catch (error) {
      log.warn({ err: error }, 'could not remember when lists were warmed');
    }
    const lists = (await watched.current()).lists.map(({ list }) => list);
    pruneCopies(options.storeRoot, lists);
    await publish(states);
  },
  onEnd: (list, { error, totals }) => {
    if (error === undefined) log.info({ list, ...totals }, 'followed list warmed');
    else log.warn({ list, err: error, ...totals }, 'followed list failed; it is tried again');
  },
  signal: stop.signal,
});
log.info('stopped');
process.exit(0);

async function publish(states: readonly FollowedState[]): Promise<void> {
  await writeMetrics(options.metricsDir, 'jobs', buildMetrics(states)).catch((error: unknown) => {
    log.warn({ err: error }, 'could not write metrics');
  });
}
