import { join } from 'node:path';
import { auditFile, logQueueDir, type RunPaths, socketPath } from '@registry-cache/domain';
import type { Model } from '../model/build.ts';
import { type Collector, formatCollector } from '../settings/values/collectors.ts';
import type { RenderContext } from './context.ts';
import { publicFile, type RenderedTree } from './file.ts';

const CA_FILE = 'etc/rsyslog/ca.pem';
/** rsyslog removes a file of its queue when it is read to its end. */
const MOST_FILE_BYTES = 8 * 1024 * 1024;

/** The logs that collectors get, by the id that their messages have. Add another log here. */
function listForwardedLogs(
  run: RunPaths,
  storeRoot: string,
): readonly { name: string; file: string }[] {
  return [
    { name: 'access', file: run.accessLog },
    { name: 'programs', file: run.programsLog },
    { name: 'audit', file: auditFile(storeRoot) },
  ];
}

/** rsyslog: HAProxy's own messages, and the way of the logs to their collectors. */
export function renderRsyslog(model: Model, { run, template }: RenderContext): RenderedTree {
  const { LOG_FORWARD: collectors, LOG_FORWARD_QUEUE: queueBytes, REGISTRYDIR } = model.settings;
  const described = collectors.map((collector, index) => describeCollector(collector, index));
  const view = {
    state: run.state,
    socket: socketPath(run, 'syslog'),
    messages: run.messagesLog,
    rotate: `/usr/lib/registry-cache/supervisor/rotate ${run.messagesLog}`,
    reportPipe: run.reportPipe,
    logs: listForwardedLogs(run, REGISTRYDIR),
    caFile: join(run.root, CA_FILE),
    queueFolder: logQueueDir(REGISTRYDIR),
    queueBytes,
    fileBytes: Math.min(MOST_FILE_BYTES, Math.max(1, Math.floor(queueBytes / 8))),
    hasRelp: described.some(({ isRelp }) => isRelp),
    collectors: described.length === 0 ? undefined : described,
  };
  const tree = new Map([
    ['etc/rsyslog/rsyslog.conf', publicFile(template('rsyslog.conf.hbs')(view))],
  ]);
  if (described.some(({ isTls }) => isTls)) tree.set(CA_FILE, publicFile(listAuthorities(model)));
  return tree;
}

/** The collector of each queue, by the queue's name. */
export function nameCollectors(collectors: readonly Collector[]): Record<string, string> {
  return Object.fromEntries(
    collectors.map((collector, index) => [queueName(index), formatCollector(collector)]),
  );
}

function describeCollector(collector: Collector, index: number) {
  const { scheme, host, port } = collector;
  return {
    address: formatCollector(collector),
    name: queueName(index),
    host,
    port,
    protocol: scheme === 'udp' ? 'udp' : 'tcp',
    isStream: scheme !== 'udp',
    isRelp: scheme === 'relp' || scheme === 'relps',
    isTls: scheme === 'tls' || scheme === 'relps',
  };
}

/** By the place in LOG_FORWARD: after a restart, the lines of a queue go on to the same place. */
function queueName(index: number): string {
  return `collector-${index + 1}`;
}

function listAuthorities({ forwardCa, systemCa, upstreamCa }: Model): string {
  return forwardCa === '' ? systemCa + upstreamCa : forwardCa;
}
