import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Appliance,
  createCertificateAuthority,
  runContainer,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reserveAddress } from './ingress-container.ts';
import { IMAGE, readEvents, readMetric } from './inside.ts';
import {
  type Kind,
  type LogCollector,
  makeCollector,
  PORTS,
  parseMessage,
} from './log-collector.ts';
import { openStage, type Stage } from './stage.ts';

const NAME = 'logs.test';
const METRIC = 'registry_cache_log_forward';
let stage: Stage;
let authority: Awaited<ReturnType<typeof createCertificateAuthority>>;
let caFile: string;

beforeAll(async () => {
  stage = await openStage();
  authority = await createCertificateAuthority();
  const folder = await mkdtemp(join(tmpdir(), 'registry-cache-log-ca-'));
  stage.use({ [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) });
  caFile = join(folder, 'ca.pem');
  await writeFile(caFile, authority.certificatePem);
});

afterAll(() => stage[Symbol.asyncDispose]());

async function collectorAt(last: number): Promise<{ address: string; collector: LogCollector }> {
  const address = reserveAddress(stage, last);
  const tls = await authority.issue({ names: [NAME] });
  const ca = authority.certificatePem;
  return { address, collector: await makeCollector(stage, address, { ...tls, ca }) };
}

/** An appliance whose requests are answered by itself. */
async function forwardingTo(
  collectors: string,
  { env, ...options }: Parameters<Stage['appliance']>[1] = {},
): Promise<Appliance> {
  const upstream = { url: 'http://192.0.2.1' };
  return stage.appliance(
    { 'reg.test': upstream },
    { ...options, env: { LOG_FORWARD: collectors, OFFLINE: 'true', ...env } },
  );
}

/** Makes `count` requests, each with a number in its path. */
async function request(appliance: Appliance, from: number, count: number): Promise<void> {
  await using client = appliance.client();
  for (let number = from; number < from + count; number += 1) {
    await client.get(`/v2/reg.test/team/n${number}/manifests/v1`);
  }
}

/** The numbers in the received lines of the access log. */
async function numbersOf(collector: LogCollector, kind: Kind): Promise<Set<number>> {
  const messages = (await collector.received(kind)).map(parseMessage);
  const paths = messages.filter(({ id }) => id === 'access').map(({ record }) => record.path);
  return new Set(paths.flatMap((path) => Number(/\/n(\d+)\//.exec(String(path))?.[1] ?? -1)));
}

function missing(found: ReadonlySet<number>, count: number): number[] {
  return Array.from({ length: count }, (_, number) => number).filter((one) => !found.has(one));
}

async function untilComplete(collector: LogCollector, kind: Kind, count: number): Promise<void> {
  const what = `${kind} has all ${count} lines`;
  const isComplete = async () => missing(await numbersOf(collector, kind), count).length === 0;
  await until(what, isComplete, { timeoutMs: 90_000 }).catch(async (cause) => {
    const lacking = missing(await numbersOf(collector, kind), count);
    throw new Error(`${what}: ${lacking.length} are missing, from ${lacking[0]} on`, { cause });
  });
}

describe('LOG_FORWARD', () => {
  it('sends the access log and the output of programs to each kind of collector', async () => {
    const { address, collector } = await collectorAt(231);
    await collector.start();
    const kinds = Object.keys(PORTS) as Kind[];
    const hostOf = (kind: Kind) => (kind === 'tls' || kind === 'relps' ? NAME : address);
    const appliance = await forwardingTo(
      kinds.map((kind) => `${kind}://${hostOf(kind)}:${PORTS[kind]}`).join(' '),
      {
        hosts: { [NAME]: address },
        env: { LOG_FORWARD_CA_PATH: '/logs-ca.pem', LOG_FORMAT: 'json' },
        extraMounts: [`${caFile}:/logs-ca.pem:ro`],
      },
    );
    await request(appliance, 0, 20);
    for (const kind of kinds) {
      await untilComplete(collector, kind, 20);
      const messages = (await collector.received(kind)).map(parseMessage);
      const programs = messages.filter(({ id }) => id === 'programs').map(({ record }) => record);
      expect(programs.map(({ msg }) => msg)).toEqual(
        expect.arrayContaining(['listens', 'started']),
      );
    }
  });

  it('trusts a collector as upstreams are trusted, and works without any privilege', async () => {
    const { address, collector } = await collectorAt(232);
    await collector.start();
    const appliance = await forwardingTo(`tls://${NAME}:${PORTS.tls}`, {
      hosts: { [NAME]: address },
      upstreamCa: authority.certificatePem,
      user: '10001',
      readOnly: true,
    });
    await request(appliance, 0, 5);
    await untilComplete(collector, 'tls', 5);
  });

  it('sends nothing to a collector with the certificate of another name', async () => {
    const { address, collector } = await collectorAt(233);
    await collector.start();
    const appliance = await forwardingTo(`tls://other.test:${PORTS.tls}`, {
      hosts: { 'other.test': address },
      upstreamCa: authority.certificatePem,
    });
    await request(appliance, 0, 5);
    await until('rsyslog says why', async () => {
      const log = ['cat', '/run/registry-cache/syslog/messages.log'];
      return /other\.test|not permitted|peer name/i.test((await appliance.exec(log)).stdout);
    });
    expect(await collector.received('tls')).toEqual([]);
  });

  it('loses nothing while a collector is away, and says once that it is', async () => {
    const { address, collector } = await collectorAt(234);
    await collector.start();
    const appliance = await forwardingTo(`tcp://${address}:${PORTS.tcp}`);
    await request(appliance, 0, 50);
    await untilComplete(collector, 'tcp', 50);
    await collector.stop();
    await request(appliance, 50, 3_000);
    const said = async (msg: string) =>
      (await readEvents(appliance)).filter((event) => event.msg === msg).length;
    const away = 'a log collector is away; lines wait for it';
    await until('it is said', async () => (await said(away)) > 0, { timeoutMs: 60_000 });
    await collector.start();
    await untilComplete(collector, 'tcp', 3_050);
    const back = 'a log collector has all lines that waited';
    await until('it is said', async () => (await said(back)) > 0, { timeoutMs: 60_000 });
    expect(await said(away)).toBe(1);
  });

  it('loses nothing if it restarts before a collector is there', async () => {
    const { address, collector } = await collectorAt(235);
    const appliance = await forwardingTo(`relp://${address}:${PORTS.relp}`);
    await request(appliance, 0, 2_500);
    await appliance.restart();
    await request(appliance, 2_500, 100);
    await collector.start();
    await untilComplete(collector, 'relp', 2_600);
  });

  it('counts the lines that do not fit into the queue', async () => {
    const { address, collector } = await collectorAt(236);
    const kind = `tcp://${address}:${PORTS.tcp}`;
    const appliance = await forwardingTo(kind, { env: { LOG_FORWARD_QUEUE: '1M' } });
    const total = 6_000;
    await request(appliance, 0, total);
    const readDropped = () => readMetric(appliance, `${METRIC}_dropped_total\\{.*\\}`);
    await until('some are dropped', async () => ((await readDropped()) ?? 0) > 0, {
      timeoutMs: 60_000,
    });
    await collector.start();
    const readQueued = () => readMetric(appliance, `${METRIC}_queued_lines\\{.*\\}`);
    await until('the queue is empty', async () => (await readQueued()) === 0, {
      timeoutMs: 90_000,
    });
    const lost = missing(await numbersOf(collector, 'tcp'), total).length;
    expect(lost).toBeGreaterThan(0);
    // Lines of programs may be among the dropped ones.
    expect(await readDropped()).toBeGreaterThanOrEqual(lost);
    const events = await readEvents(appliance);
    const said = events.filter(({ msg }) => msg === 'lines for a log collector are dropped');
    expect(said).toHaveLength(1);
    expect(said[0]).toMatchObject({ level: 'warn', collector: kind });
  });

  it('counts the lines that do not fit on the disk', async () => {
    const { address, collector } = await collectorAt(237);
    const kind = `tcp://${address}:${PORTS.tcp}`;
    const appliance = await forwardingTo(kind, {
      env: { REGISTRYDIR: '/small' },
      extraArgs: ['--mount=type=tmpfs,destination=/small,tmpfs-size=1M,tmpfs-mode=0777'],
    });
    const total = 6_000;
    await request(appliance, 0, total);
    const readQueued = () => readMetric(appliance, `${METRIC}_queued_lines\\{.*\\}`);
    const readDropped = () => readMetric(appliance, `${METRIC}_dropped_total\\{.*\\}`);
    const readAll = async () => ((await readQueued()) ?? 0) + ((await readDropped()) ?? 0);
    await until('each line waits or is dropped', async () => (await readAll()) >= total, {
      timeoutMs: 60_000,
    });
    await collector.start();
    await until('the queue is empty', async () => (await readQueued()) === 0, {
      timeoutMs: 90_000,
    });
    const lost = missing(await numbersOf(collector, 'tcp'), total).length;
    expect(lost).toBeGreaterThan(0);
    // Lines of programs may be among the dropped ones.
    expect(await readDropped()).toBeGreaterThanOrEqual(lost);
    const events = await readEvents(appliance);
    const said = events.filter(({ msg }) => msg === 'lines for a log collector are dropped');
    expect(said).toHaveLength(1);
  });

  it('ends the start with a bad address, and says what is accepted', async () => {
    const container = await runContainer(IMAGE, ['--env=LOG_FORWARD=tcp://a.test:514 b.test']);
    stage.use({ [Symbol.asyncDispose]: container.remove });
    expect(await container.exitCode()).toBe(1);
    expect(await container.logs()).toContain(
      'LOG_FORWARD: found "b.test"; accepted: tcp://HOST:PORT',
    );
  });
});

describe('without LOG_FORWARD', () => {
  it('rsyslog takes less than 4 MB of memory, and has the messages of HAProxy', async () => {
    const appliance = await stage.appliance({ 'reg.test': { url: 'http://192.0.2.1' } });
    await request(appliance, 0, 10);
    const script = `
      cat /run/registry-cache/syslog/messages.log
      for process in /proc/[0-9]*; do
        case $(cat "$process/comm") in rsyslogd | sed | logger) cat "$process/smaps_rollup" ;; esac
      done`;
    const { stdout } = await appliance.exec(['bash', '-c', script], { user: '10001' });
    expect(stdout).toContain('[NOTICE]');
    expect(stdout).not.toContain('manifests');
    const own = [...stdout.matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB$/gm)];
    expect(own.length).toBeGreaterThan(0);
    const sum = own.reduce((total, [, size]) => total + Number(size), 0);
    expect(sum).toBeLessThan(4_000);
    expect(await appliance.logs()).not.toMatch(/\[NOTICE\]|\[WARNING\]/);
  });
});
