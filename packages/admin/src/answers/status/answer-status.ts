import { stat } from 'node:fs/promises';
import { HOUR_MS } from '@registry-cache/history';
import { listJobs } from '@registry-cache/jobs';
import type { Status } from '../../contract/status.ts';
import { type MetricValues, sumOf } from '../../sources/parse-metrics.ts';
import { readEgressState } from '../../sources/read-egress-state.ts';
import { readMetrics } from '../../sources/read-metrics.ts';
import type { AnswerDeps } from '../answer-deps.ts';
import { describeUpstream } from '../describe-upstream.ts';
import { formatTime } from '../format-time.ts';
import { readSaved } from '../saved/answer-saved.ts';
import { findProblems } from './find-problems.ts';

const DAY_MS = 24 * HOUR_MS;

export async function answerStatus(deps: AnswerDeps): Promise<Status> {
  const { options, version, nowMs } = deps;
  const [metrics, state, bootMs, hour, day] = await Promise.all([
    readMetrics(options.metricsDirs),
    readEgressState(options.egressSocket),
    readBootMs(options.bootSecretFile),
    readSaved(deps, HOUR_MS),
    readSaved(deps, DAY_MS),
  ]);
  const store = describeStore(metrics);
  return {
    version,
    now: formatTime(nowMs()),
    ...(bootMs !== undefined && { servingSince: formatTime(bootMs) }),
    address: options.clientAddress,
    ...(store !== undefined && { store }),
    ...(state !== undefined && { upstreams: state.upstreams.map(describeUpstream) }),
    saved: { hour: hour.total, day: day.total },
    ...(state !== undefined && { running: state.fetches.length }),
    jobs: listRunning(options.storeRoot, nowMs()),
    problems: findProblems({
      ...{ metrics, upstreams: state?.upstreams, hasHistory: deps.history.isWell },
    }),
  };
}

async function readBootMs(bootSecretFile: string): Promise<number | undefined> {
  return stat(bootSecretFile).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}

function describeStore(metrics: MetricValues): Status['store'] {
  const read = (name: string) => sumOf(metrics, `registry_cache_${name}`);
  const [usedBytes, limitBytes] = [read('store_bytes'), read('store_limit_bytes')];
  const measuredS = read('cleaner_last_run_timestamp_seconds');
  if (usedBytes === undefined || limitBytes === undefined || measuredS === undefined) return;
  const oldestS = read('store_oldest_access_timestamp_seconds');
  return {
    usedBytes,
    limitBytes,
    blobs: read('store_blobs') ?? 0,
    measured: formatTime(measuredS * 1000),
    ...(oldestS !== undefined && { oldestAccess: formatTime(oldestS * 1000) }),
  };
}

function listRunning(storeRoot: string, nowMs: number): Status['jobs'] {
  const { jobs } = listJobs(storeRoot, nowMs);
  const running = jobs.filter(({ state }) => state === 'running');
  return running.map(({ id, kind, what, since, progress }) => {
    const { doneBytes, totalBytes } = progress ?? {};
    return {
      ...{ id, kind, what, since },
      ...(doneBytes !== undefined && { doneBytes }),
      ...(totalBytes !== undefined && { totalBytes }),
    };
  });
}
