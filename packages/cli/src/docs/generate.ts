import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatOpenApi } from '@registry-cache/admin';
import manifest from '../../package.json' with { type: 'json' };
import { formatIssuerTable, formatPolicySchema, formatPolicyTable } from '../commands/schema.ts';
import { formatSettingsTable } from '../commands/settings.ts';
import { formatAlerts } from '../watching/format-alerts.ts';
import { formatDashboard } from '../watching/format-dashboard.ts';
import { formatChartSchema } from './chart/schema.ts';
import { formatChartSettings } from './chart/settings.ts';
import { formatChecksTable, formatFaultSections } from './format-faults.ts';
import { formatMetricsTable } from './format-metrics-table.ts';
import { formatPhasesTable } from './format-phases.ts';
import { formatProtocolTable } from './protocol-table.ts';

/** The root of the checkout. */
export const ROOT = join(import.meta.dirname, '../../../..');

/** The folder of the chart for Kubernetes. */
export const CHART = 'deploy/helm/registry-cache';

/** The text, by path, of every document that is generated, as a whole or between marks. */
export function generateDocs(): ReadonlyMap<string, string> {
  const configuration = 'docs/configuration.md';
  const written = readFileSync(join(ROOT, configuration), 'utf8');
  const architecture = 'docs/architecture.md';
  const described = readFileSync(join(ROOT, architecture), 'utf8');
  const withSettings = replaceBetweenMarks(written, 'settings', formatSettingsTable());
  const debugging = 'docs/debugging.md';
  const symptoms = readFileSync(join(ROOT, debugging), 'utf8');
  const metrics = 'docs/metrics.md';
  const measured = readFileSync(join(ROOT, metrics), 'utf8');
  const logins = 'docs/logins.md';
  const explained = readFileSync(join(ROOT, logins), 'utf8');
  const doctor = 'docs/doctor.md';
  const checked = readFileSync(join(ROOT, doctor), 'utf8');
  const withChecks = replaceBetweenMarks(checked, 'checks', formatChecksTable());
  const values = `${CHART}/values.yaml`;
  const valuesText = readFileSync(join(ROOT, values), 'utf8');
  return new Map([
    [debugging, replaceBetweenMarks(symptoms, 'phases', formatPhasesTable())],
    [architecture, replaceBetweenMarks(described, 'protocol', formatProtocolTable())],
    [configuration, replaceBetweenMarks(withSettings, 'policy', formatPolicyTable())],
    [metrics, replaceBetweenMarks(measured, 'metrics', formatMetricsTable())],
    [doctor, replaceBetweenMarks(withChecks, 'faults', formatFaultSections())],
    [logins, replaceBetweenMarks(explained, 'issuers', formatIssuerTable())],
    ['deploy/prometheus/alerts.yaml', formatAlerts()],
    // A template reads files of its chart alone.
    [`${CHART}/alerts.yaml`, formatAlerts()],
    ['deploy/grafana/registry-cache.json', formatDashboard()],
    ['docs/registry-cache.schema.json', `${formatPolicySchema()}\n`],
    ['docs/openapi.json', `${formatOpenApi(manifest.version)}\n`],
    [values, replaceBetweenComments(valuesText, 'settings', formatChartSettings())],
    [`${CHART}/values.schema.json`, `${formatChartSchema()}\n`],
  ]);
}

/** @throws if the marks are missing, because the part would silently become outdated. */
function replaceBetweenMarks(text: string, name: string, part: string): string {
  const between = new RegExp(`(<!-- ${name}:[^>]*-->\n)[\\s\\S]*?(<!-- /${name} -->)`);
  return replaceIn(text, between, part, `<!-- ${name}: … --> and <!-- /${name} -->`);
}

/** The same in a file of YAML. */
function replaceBetweenComments(text: string, name: string, part: string): string {
  const between = new RegExp(`( *# ${name}: written by.*\n)[\\s\\S]*?( *# /${name}\n)`);
  return replaceIn(text, between, part, `# ${name}: written by … and # /${name}`);
}

function replaceIn(text: string, between: RegExp, part: string, marks: string): string {
  if (!between.test(text)) throw new Error(`no marks ${marks}`);
  return text.replace(between, (_, start: string, end: string) => `${start}${part}\n${end}`);
}
