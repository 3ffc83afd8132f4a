import { X509Certificate } from 'node:crypto';
import { type Appliance, runContainer, until } from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IMAGE, readEvents } from './inside.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { listTargets, pullTargets } from './traffic.ts';

const START_LINES = ['listens', 'serves', 'stores', 'features', 'certificate'];
const WORKERS = ['admin', 'cleaner', 'egress', 'logger'];
const TEXT_LINE =
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (INFO|WARN) {1,2}(admin|config|egress|cleaner|logger): [ -~]+$/;

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});

afterAll(() => stage[Symbol.asyncDispose]());

/** The lines of the log once every worker has started. */
async function linesAfterStart(appliance: Pick<Appliance, 'logs'>): Promise<string[]> {
  return until('every worker has started', async () => {
    const lines = (await appliance.logs()).split(/\r?\n/).filter((line) => line !== '');
    const isThere = (worker: string) =>
      lines.some((line) => line.includes(worker) && line.includes('started'));
    return WORKERS.every(isThere) && lines;
  });
}

/** The first word after `config: ` of each line of it. */
function wordsOfConfig(lines: readonly string[]): string[] {
  return lines.flatMap((line) => /Z INFO {2}config: (\S+)/.exec(line)?.[1] ?? []);
}

describe('an appliance with LOG_FORMAT=text', () => {
  it('says at its start what it does, and is quiet while it serves', async () => {
    const registry = await stage.upstream();
    const image = await pushImage(registry, 'team/app', 'v1', { seed: 'log-format' });
    const appliance = await stage.appliance(
      { 'reg.test': registry },
      { env: { LOG_FORMAT: 'text', CLEANER_MAXSIZE: '3G' } },
    );
    const lines = await linesAfterStart(appliance);
    for (const line of lines) {
      expect(line).toMatch(TEXT_LINE);
    }
    expect(wordsOfConfig(lines)).toEqual(expect.arrayContaining(START_LINES));
    const log = lines.join('\n');
    expect(log).toContain('listens https=:8443 health=127.0.0.1:8081\n');
    expect(log).toContain('serves registries=reg.test withoutName=reg.test\n');
    expect(log).toContain(
      'stores path=/var/lib/registry maxSize="3 GiB" staysFree="1 GiB or 5%"\n',
    );
    expect(log).toContain('features login=off proxy=off offline=off onDemand=off\n');
    const { fingerprint256 } = new X509Certificate(appliance.ca);
    expect(log).toContain(`certificate fingerprint=${fingerprint256} names=`);

    const targets = listTargets('reg.test', 'team/app', 'v1', image);
    await pullTargets(appliance, targets);
    await pullTargets(appliance, targets);
    expect(await linesAfterStart(appliance)).toEqual(lines);
  });
});

describe('an appliance without LOG_FORMAT', () => {
  it('writes text on a terminal', async () => {
    const container = await runContainer(IMAGE, ['--tty', '--no-healthcheck']);
    stage.use({ [Symbol.asyncDispose]: container.remove });
    const lines = await linesAfterStart(container);
    for (const line of lines) {
      expect(line).toMatch(TEXT_LINE);
    }
  });

  it('writes JSON elsewhere', async () => {
    const container = await runContainer(IMAGE, ['--no-healthcheck']);
    stage.use({ [Symbol.asyncDispose]: container.remove });
    const lines = await linesAfterStart(container);
    const events = await readEvents(container);
    expect(events.length).toBe(lines.length);
    const programs = new Set(events.map(({ program }) => program));
    expect([...programs].toSorted()).toEqual(['admin', 'cleaner', 'config', 'egress', 'logger']);
    expect(events.map(({ msg }) => msg)).toContain('listens');
  });
});

it('does not start with another LOG_FORMAT', async () => {
  const container = await runContainer(IMAGE, ['--env=LOG_FORMAT=xml']);
  stage.use({ [Symbol.asyncDispose]: container.remove });
  expect(await container.exitCode()).toBe(1);
  expect(await container.logs()).toContain(
    'registry-cache: LOG_FORMAT: found "xml"; accepted: text, json',
  );
});
