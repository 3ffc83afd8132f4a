import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LoggerOptions } from '@registry-cache/domain';
import { expect, onTestFinished, test, vi } from 'vitest';
import { accessLine, addBlob, createDirectory, readAccessMs } from './testing/store.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const TIME = '2026-03-01T00:00:00.000Z';

function createWorker() {
  const root = createDirectory();
  const options: LoggerOptions = {
    logLevel: 'info',
    logFormat: 'json',
    storeRoot: root,
    logPipe: join(root, 'pipe'),
    accessLog: join(root, 'access.log'),
    rotateAtBytes: 1_000_000,
    audit: { file: join(root, 'audit', 'audit.log'), rotateAtBytes: 1_000_000 },
    registriesFile: join(root, 'registries.json'),
    stateFile: join(root, 'state', 'logger.json'),
    metricsDir: root,
  };
  writeFileSync(
    options.registriesFile,
    '{"quay.io_team-12345678":{"key":"quay.io/team","host":"quay.io"}}',
  );
  execFileSync('mkfifo', [options.logPipe]);
  const optionsFile = join(root, 'options.json');
  writeFileSync(optionsFile, JSON.stringify(options));
  const start = (): ChildProcess => {
    const child = spawn(process.execPath, [MAIN, optionsFile], { stdio: 'ignore' });
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  };
  return { root, options, start };
}

test('a kill loses no lines, from before it or after it', async () => {
  const { root, options, start } = createWorker();
  const [before, between] = [addBlob(root, 'before'), addBlob(root, 'between')];
  const first = start();
  appendFileSync(options.accessLog, accessLine({ digest: before, time: TIME }));
  await vi.waitFor(() => expect(readAccessMs(root, before)).toBe(Date.parse(TIME)), 10_000);
  first.kill('SIGKILL');
  await once(first, 'exit');
  appendFileSync(options.accessLog, accessLine({ digest: between, time: TIME }));
  start();
  await vi.waitFor(() => expect(readAccessMs(root, between)).toBe(Date.parse(TIME)), 10_000);
});

test('at SIGTERM: reads to the end, saves its position and its metrics, exits with 0', async () => {
  const { root, options, start } = createWorker();
  const first = addBlob(root, 'first');
  const worker = start();
  appendFileSync(options.accessLog, accessLine({ digest: first, time: TIME }));
  await vi.waitFor(() => expect(readAccessMs(root, first)).toBe(Date.parse(TIME)), 10_000);
  const last = addBlob(root, 'last');
  appendFileSync(options.accessLog, accessLine({ digest: last, time: TIME }));
  worker.kill('SIGTERM');
  expect(await once(worker, 'exit')).toEqual([0, null]);
  expect(readAccessMs(root, last)).toBe(Date.parse(TIME));
  const position = JSON.parse(readFileSync(options.stateFile, 'utf8'));
  expect(position.offset).toBe(readFileSync(options.accessLog).length);
  expect(readFileSync(join(root, 'logger.prom'), 'utf8')).toContain(
    'registry_cache_logger_touched_total 2',
  );
});

test('the audit log names the registry of an upstream that came while the worker ran', async () => {
  const { options, start } = createWorker();
  start();
  const enter = (upstream: string) => {
    const line = accessLine({
      upstream,
      repository: 'team/app',
      reference: 'v1',
      audit: 'entered',
    });
    appendFileSync(options.accessLog, line);
  };
  const audited = () => readFileSync(options.audit.file, 'utf8');
  enter('quay.io_team-12345678');
  await vi.waitFor(() => expect(audited()).toContain('"image":"quay.io/team/app:v1"'), 10_000);
  writeFileSync(
    options.registriesFile,
    '{"ghcr.io_team-87654321":{"key":"ghcr.io/team","host":"ghcr.io"}}',
  );
  enter('ghcr.io_team-87654321');
  await vi.waitFor(() => expect(audited()).toContain('"image":"ghcr.io/team/app:v1"'), 10_000);
});
