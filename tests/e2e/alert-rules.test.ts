import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryFolder, runCommand } from '@registry-cache/testbed';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { ALERT_VALUES, formatRuleTests } from './alert-values.ts';

const ALERTS = join(import.meta.dirname, '../../deploy/prometheus/alerts.yaml');

it('Prometheus accepts the alerts', async () => {
  const { exitCode, stdout, stderr } = await runCommand('promtool', ['check', 'rules', ALERTS]);
  expect(stdout + stderr).toContain('SUCCESS');
  expect(exitCode).toBe(0);
});

it('each alert fires in its fault and goes out after it', async () => {
  const { groups } = parse(await readFile(ALERTS, 'utf8')) as {
    groups: { rules: { alert: string }[] }[];
  };
  expect(Object.keys(ALERT_VALUES)).toEqual(groups[0]?.rules.map(({ alert }) => alert));
  await using folder = await makeTemporaryFolder('rules');
  const file = join(folder.path, 'test.yaml');
  await writeFile(file, formatRuleTests(ALERTS));
  const { exitCode, stdout, stderr } = await runCommand('promtool', ['test', 'rules', file]);
  expect(stdout + stderr).toContain('SUCCESS');
  expect(exitCode).toBe(0);
});
