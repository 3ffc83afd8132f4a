import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findFreePort, makeTemporaryFolder, until } from '@registry-cache/testbed';
import type { Stage } from './stage.ts';

/** A real Prometheus with an Alertmanager behind it. */
export interface Watchers {
  /** The values of a query now. */
  query(expr: string): Promise<number[]>;
  /** The names of the alerts that Alertmanager has, firing ones alone. */
  firing(): Promise<string[]>;
}

export interface WatchersOptions {
  /** `host:port` of `/metrics`. */
  readonly target: string;
  /** The text of a file of rules. */
  readonly rules: string;
}

/** Starts both on free ports of loopback. They end with the stage. */
export async function startWatchers(stage: Stage, options: WatchersOptions): Promise<Watchers> {
  const folder = stage.use(await makeTemporaryFolder('prometheus')).path;
  const [port, managerPort] = [await findFreePort(), await findFreePort()];
  const manager = `http://127.0.0.1:${managerPort}`;
  const prometheus = `http://127.0.0.1:${port}`;
  await writeFile(join(folder, 'rules.yaml'), options.rules);
  await writeFile(join(folder, 'alertmanager.yml'), MANAGER);
  const config = describePrometheus(options.target, `127.0.0.1:${managerPort}`);
  await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(config));
  start(stage, 'prometheus-alertmanager', [
    `--config.file=${folder}/alertmanager.yml`,
    `--storage.path=${folder}/alertmanager`,
    `--web.listen-address=127.0.0.1:${managerPort}`,
    '--cluster.listen-address=',
  ]);
  start(stage, 'prometheus', [
    `--config.file=${folder}/prometheus.yml`,
    `--storage.tsdb.path=${folder}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]);
  for (const url of [manager, prometheus]) {
    await until(`${url} is ready`, () => isReady(`${url}/-/ready`), { timeoutMs: 60_000 });
  }
  return {
    async query(expr) {
      const asked = await fetch(
        `${prometheus}/api/v1/query?${new URLSearchParams({ query: expr })}`,
      );
      const { data, error } = (await asked.json()) as QueryAnswer;
      if (data === undefined) throw new Error(`${expr}: ${error}`);
      return data.result.map(({ value }) => Number(value[1]));
    },
    async firing() {
      const asked = await fetch(`${manager}/api/v2/alerts?active=true`);
      const alerts = (await asked.json()) as { labels: { alertname: string }; endsAt: string }[];
      const live = alerts.filter(({ endsAt }) => Date.parse(endsAt) > Date.now());
      return [...new Set(live.map(({ labels }) => labels.alertname))].sort();
    },
  };
}

interface QueryAnswer {
  readonly data?: { readonly result: readonly { readonly value: readonly [number, string] }[] };
  readonly error?: string;
}

/** Nobody is told. The test asks what fires. */
const MANAGER = JSON.stringify({ route: { receiver: 'nobody' }, receivers: [{ name: 'nobody' }] });

function describePrometheus(target: string, manager: string) {
  const every = { scrape_interval: '2s', scrape_timeout: '2s', evaluation_interval: '1s' };
  return {
    global: every,
    rule_files: ['rules.yaml'],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [manager] }] }] },
    scrape_configs: [{ job_name: 'registry-cache', static_configs: [{ targets: [target] }] }],
  };
}

function start(stage: Stage, program: string, args: readonly string[]): void {
  const child: ChildProcess = spawn(program, args, { stdio: 'ignore' });
  stage.use({
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.pid === undefined) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  });
}

async function isReady(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}
