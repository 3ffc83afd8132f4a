/** The time from `podman start` to serving, with upstreams that accept and never answer. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  listenInterruptible,
  openNetwork,
  runCommand,
  startAppliance,
} from '@registry-cache/testbed';
import { describeUpstreams } from '../../tests/e2e/stage.ts';
import { alternate } from './lib/alternate.ts';
import { findPid } from './lib/contender.ts';
import type { Row } from './lib/table.ts';

const UPSTREAMS = 10;
const LIMIT_SECONDS = 3;
const PING = ['-sSk', '-o', '/dev/null', '--max-time', '1', '-w', '%{http_code}'];

export async function benchStart(): Promise<Row[]> {
  await using network = await openNetwork();
  await using silent = await listenInterruptible({ host: network.gateway, onRequest: () => {} });
  silent.setConnectionMode('mute');
  const names = Array.from({ length: UPSTREAMS }, (_, index) => `reg${index}.test`);
  const upstreams = Object.fromEntries(names.map((name) => [name, silent]));
  await using appliance = await startAppliance({ network, ...describeUpstreams(upstreams) });
  const measure = async () => {
    await appliance.stop();
    const startedMs = Date.now();
    await runCommand('podman', ['start', appliance.id]);
    const pid = await findPid(appliance.id);
    const ping = [...PING, `${appliance.url}/v2/`];
    while ((await runCommand('curl', ping)).stdout !== '200') await sleep(10);
    return { serving: Date.now() - startedMs, ...readStages(pid, startedMs) };
  };
  const [found] = await alternate([appliance], measure);
  if (found === undefined) return [];
  const work = `from podman start to serving, ${UPSTREAMS} silent upstreams`;
  const { serving, ...stages } = found;
  return [
    { work, unit: 's', ours: serving / 1000, aim: { atMost: LIMIT_SECONDS } },
    ...Object.entries(stages).map(([name, ms]) => ({
      work: `  until ${name}`,
      unit: 's',
      ours: ms / 1000,
    })),
  ];
}

/** The file of a socket appears when its program is ready. */
export function readStages(pid: number, startedMs: number) {
  const run = `/proc/${pid}/root/run/registry-cache`;
  const since = (path: string) => statSync(path).mtimeMs - startedMs;
  const newest = (prefix: string) =>
    Math.max(
      ...readdirSync(`${run}/sock`)
        .filter((name) => name.startsWith(prefix))
        .map((name) => since(`${run}/sock/${name}`)),
    );
  return {
    'the first process runs': readStartMs(pid) - startedMs,
    'the configuration is applied': since(`${run}/etc/supervisor`),
    'supervisord listens': newest('supervisor'),
    'egress listens': newest('egress'),
    'the hot lane listens': newest('hot-'),
    'the last engine listens': newest('engine-'),
    'the edge is up': newest('haproxy-master'),
  };
}

/** The start of a process, in ticks of 10 ms since the machine's start. */
function readStartMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  const upSeconds = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
  return Date.now() - upSeconds * 1000 + ticks * 10;
}
