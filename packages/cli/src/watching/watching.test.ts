import { METRICS } from '@registry-cache/domain';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { readText } from '../docs/documents.ts';
import { ALERTS } from './alerts.ts';
import { anchorOf, formatAlerts } from './format-alerts.ts';
import { formatDashboard } from './format-dashboard.ts';
import { ROWS } from './panels.ts';

const PANELS = ROWS.flatMap(({ panels }) => panels);
const QUERIES = [
  ...ALERTS.map(({ expr }) => expr),
  ...PANELS.flatMap(({ queries }) => queries.map(({ expr }) => expr)),
];

test('alerts and panels ask only for metrics that there are', () => {
  const named = QUERIES.flatMap((expr) => expr.match(/registry_cache_\w+/g) ?? []);
  const unknown = named.filter((name) => !(name.replace(/_bucket$/, '') in METRICS));
  expect(unknown).toEqual([]);
});

test('queries filter by labels that their metrics have', () => {
  const filters = QUERIES.flatMap((expr) => [...expr.matchAll(/(registry_cache_\w+)\{([^}]*)\}/g)]);
  expect(filters.length).toBeGreaterThan(10);
  for (const [, name = '', text = ''] of filters) {
    const { labels } = METRICS[name.replace(/_bucket$/, '') as keyof typeof METRICS];
    const asked = [...text.matchAll(/(\w+)(?:=~|!=|=)"/g)].map(([, label]) => label);
    const unknown = asked.filter((label) => label !== 'instance' && !labels.includes(label ?? ''));
    expect([name, unknown]).toEqual([name, []]);
  }
});

test('each alert has a section in docs/alerts.md, and each section an alert', () => {
  const sections = [...readText('docs/alerts.md').matchAll(/^## (\w+)\n\n(.{40,})/gm)];
  expect(sections.map(([, name]) => name)).toEqual(ALERTS.map(({ name }) => name));
});

test('alerts link to their sections, below an address that the operator gives', () => {
  const { groups } = parse(formatAlerts({ runbooks: 'https://git.example.com/cache/' })) as {
    groups: { rules: { alert: string; annotations: Record<string, string> }[] }[];
  };
  const links = groups[0]?.rules.map(({ annotations }) => annotations.runbook_url);
  expect(links).toEqual(
    ALERTS.map((alert) => `https://git.example.com/cache/docs/alerts.md#${anchorOf(alert)}`),
  );
});

test('the alerts are a PrometheusRule as well', () => {
  const rule = parse(formatAlerts({ isForKubernetes: true })) as { kind: string; spec: object };
  expect(rule.kind).toBe('PrometheusRule');
  expect(rule.spec).toEqual(parse(formatAlerts()));
});

test('the panels of the dashboard have ids and places of their own', () => {
  const { panels } = JSON.parse(formatDashboard()) as {
    panels: { id: number; gridPos: { x: number; y: number; w: number; h: number } }[];
  };
  expect(panels).toHaveLength(PANELS.length + ROWS.length);
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const taken = new Set<string>();
  for (const { gridPos } of panels) {
    expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        expect(taken.has(`${x} ${y}`)).toBe(false);
        taken.add(`${x} ${y}`);
      }
    }
  }
});
