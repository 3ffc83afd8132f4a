import { SETTINGS, type Setting } from '@registry-cache/config';
import { z } from 'zod';

/**
 * Settings that are no keys of `settings` in the chart's values: the templates set them by other
 * values, or they are secrets.
 */
export const CHARTS_OWN: ReadonlySet<string> = new Set([
  ...['PULLSECRETPATH', 'POLICYPATH', 'REGISTRYDIR', 'CERTIFICATEPATH', 'CERTIFICATE_KEY_PATH'],
  ...['REGISTRY_AUTH', 'REGISTRY_AUTH_HTPASSWD_PATH', 'HEALTH_LISTEN', 'HTTP_LISTEN'],
  ...['REDIRECT_LISTEN', 'REDIRECT_PORT', 'CONNECT_PROXY', 'CONNECT_LISTEN', 'CA_DIR'],
  ...[
    'ADMIN_LISTEN',
    'AUTH_REGISTRIES',
    'CERTIFICATE_NAMES',
    'OTEL_EXPORTER_OTLP_HEADERS',
    'PEERS',
    'PEER_LISTEN',
    'PEER_SECRET_PATH',
  ],
]);

/** The settings that an operator of the chart may set, by name. */
export function listChartSettings(): [string, Setting<unknown>][] {
  return Object.entries<Setting<unknown>>(SETTINGS).filter(([name]) => !CHARTS_OWN.has(name));
}

/** The schema of `settings` in the chart's values. */
export const chartSettingsSchema = z.strictObject(
  Object.fromEntries(
    listChartSettings().map(([name, row]) => [name, shapeOf(row).optional().describe(row.help)]),
  ),
);

/** The commented lines of values.yaml: each setting with its meaning and its default. */
export function formatChartSettings(): string {
  return listChartSettings()
    .map(([name, { default: value, help }]) => {
      const lines = [...wrap(help), `${name}: ${JSON.stringify(value)}`];
      return lines.map((line) => `  # ${line}`).join('\n');
    })
    .join('\n  #\n');
}

/** YAML has numbers and booleans of its own, and the templates make texts of them. */
function shapeOf({ parse: { shape } }: Setting<unknown>): z.ZodType {
  if (shape?.kind === 'boolean') return z.union([z.boolean(), z.enum(['true', 'false'])]);
  if (shape?.kind === 'integer') {
    const number = z.int().min(shape.minimum).max(shape.maximum);
    return z.union([number, z.string().regex(/^[0-9]+$/)]);
  }
  if (shape?.kind !== 'choice') return z.union([z.string(), z.number()]);
  const choices = z.enum(shape.choices);
  return shape.choices.includes('true') ? z.union([z.boolean(), choices]) : choices;
}

/** Lines of at most 94 characters, so that values.yaml stays below 100. */
function wrap(text: string): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + 1 + word.length > 94) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}
