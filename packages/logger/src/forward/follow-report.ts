import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { ForwardOptions } from '@registry-cache/domain';
import type { Logger, Metric } from '@registry-cache/runtime';
import { CollectorNews, type News } from './collector-news.ts';
import { QueueReport, type QueueState } from './queue-report.ts';

export interface FollowReportOptions extends ForwardOptions {
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly signal: AbortSignal;
  /** Called after each line about a queue. */
  readonly onMetrics: (metrics: readonly Metric[]) => Promise<void>;
  readonly onFailure: (error: unknown) => void;
}

/** Where rsyslog writes why it cannot reach a collector. */
const HINT = 'syslog/messages.log in the run directory has the reason';

/**
 * Reads what rsyslog tells of its queues until it is stopped: makes metrics of it, and says once
 * that a collector is away or that lines are dropped.
 *
 * @throws the system's error if the pipe cannot be opened.
 */
export async function followReport(options: FollowReportOptions): Promise<void> {
  const { reportPipe, collectors, log, signal } = options;
  const report = new QueueReport();
  const news = new Map(Object.keys(collectors).map((queue) => [queue, new CollectorNews()]));
  // Also open for writing: then it has no end while rsyslog restarts.
  const fd = openSync(reportPipe, constants.O_RDWR | constants.O_NONBLOCK);
  const pipe = new Socket({ fd, writable: false });
  pipe.on('error', options.onFailure);
  // A destroyed pipe alone would leave the loop waiting.
  const lines = createInterface({ input: pipe, signal });
  lines.once('close', () => pipe.destroy());
  for await (const line of lines) {
    const queue = report.add(line);
    const collector = queue === undefined ? undefined : collectors[queue];
    if (queue === undefined || collector === undefined) continue;
    const state = report.stateOf(queue);
    // The part in memory comes last, so the state is whole then.
    const found = line.includes('[DA]') ? undefined : news.get(queue)?.next(state);
    if (found !== undefined) say(log, found, collector, state);
    await options.onMetrics(report.buildMetrics(collectors)).catch(options.onFailure);
  }
}

function say(
  log: FollowReportOptions['log'],
  news: News,
  collector: string,
  { queued, dropped }: QueueState,
): void {
  if (news === 'waits') {
    log.warn({ collector, queued, hint: HINT }, 'a log collector is away; lines wait for it');
  } else if (news === 'drops') {
    const hint =
      'LOG_FORWARD_QUEUE, and the space in the volume of the store, set how many can wait';
    log.warn({ collector, dropped, hint }, 'lines for a log collector are dropped');
  } else {
    log.info({ collector, dropped }, 'a log collector has all lines that waited');
  }
}
