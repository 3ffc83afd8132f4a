import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatIssuerTable, formatPolicySchema, formatPolicyTable } from '../commands/schema.ts';
import { formatSettingsTable } from '../commands/settings.ts';
import { formatPhasesTable } from './format-phases.ts';
import { formatProtocolTable } from './protocol-table.ts';

/** The root of the checkout. */
export const ROOT = join(import.meta.dirname, '../../../..');

/** The text, by path, of every document that is generated, as a whole or between marks. */
export function generateDocs(): ReadonlyMap<string, string> {
  const configuration = 'docs/configuration.md';
  const written = readFileSync(join(ROOT, configuration), 'utf8');
  const architecture = 'docs/architecture.md';
  const described = readFileSync(join(ROOT, architecture), 'utf8');
  const withSettings = replaceBetweenMarks(written, 'settings', formatSettingsTable());
  const debugging = 'docs/debugging.md';
  const symptoms = readFileSync(join(ROOT, debugging), 'utf8');
  const logins = 'docs/logins.md';
  const explained = readFileSync(join(ROOT, logins), 'utf8');
  return new Map([
    [debugging, replaceBetweenMarks(symptoms, 'phases', formatPhasesTable())],
    [architecture, replaceBetweenMarks(described, 'protocol', formatProtocolTable())],
    [configuration, replaceBetweenMarks(withSettings, 'policy', formatPolicyTable())],
    [logins, replaceBetweenMarks(explained, 'issuers', formatIssuerTable())],
    ['docs/registry-cache.schema.json', `${formatPolicySchema()}\n`],
  ]);
}

/** @throws if the marks are missing, because the part would silently become outdated. */
function replaceBetweenMarks(text: string, name: string, part: string): string {
  const between = new RegExp(`(<!-- ${name}:[^>]*-->\n)[\\s\\S]*?(<!-- /${name} -->)`);
  if (!between.test(text)) throw new Error(`no marks <!-- ${name}: … --> and <!-- /${name} -->`);
  return text.replace(between, (_, start: string, end: string) => `${start}${part}\n${end}`);
}
