import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SETTINGS } from '@registry-cache/config';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { CHART, ROOT } from '../generate.ts';
import { chartValuesSchema } from './schema.ts';
import { CHARTS_OWN, listChartSettings } from './settings.ts';

const read = (path: string) => readFileSync(join(ROOT, CHART, path), 'utf8');
const values = parse(read('values.yaml')) as Record<string, unknown>;

it("the chart's default values are accepted, and each value has a default", () => {
  expect(chartValuesSchema.safeParse(values).error).toBeUndefined();
  expect(Object.keys(values).sort()).toEqual(Object.keys(chartValuesSchema.shape).sort());
});

it('each setting is in values.yaml with its default, which the schema accepts', () => {
  const commented = read('values.yaml').replace(/^[\s\S]*# settings: written by.*\n/, '');
  const lines = [...commented.matchAll(/^ {2}# ([A-Z0-9_]+): (.*)$/gm)];
  expect(lines.map(([, name]) => name)).toEqual(listChartSettings().map(([name]) => name));
  const settings = Object.fromEntries(lines.map(([, name, text = '']) => [name, JSON.parse(text)]));
  expect(chartValuesSchema.shape.settings.safeParse(settings).error).toBeUndefined();
});

it('every setting that the chart keeps to itself exists', () => {
  expect([...CHARTS_OWN].filter((name) => !(name in SETTINGS))).toEqual([]);
});

it('the chart has the version of the packages', () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'packages/cli/package.json'), 'utf8'));
  expect(parse(read('Chart.yaml'))).toMatchObject({ version, appVersion: version });
});
