import { accept, type Issue, reject, Secret } from '@registry-cache/domain';
import type { ParseValue } from './value.ts';

/** A header for the collector of traces. */
export interface TraceHeader {
  /** In lower case. */
  readonly name: string;
  readonly value: Secret;
}

/** RFC 9110, 5.6.2. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;
/** RFC 9110, 5.5, without bytes that are no ASCII. */
const VALUE = /^[\x21-\x7e](?:[\x20-\x7e\t]{0,8190}[\x21-\x7e])?$/;
/** Those of the message itself. */
const OWN = new Set(['connection', 'content-length', 'content-type', 'host', 'transfer-encoding']);
const MOST_HEADERS = 20;
const ACCEPTED = `NAME=VALUE, with commas between at most ${MOST_HEADERS} of them and special characters as %20`;

/**
 * Reads `OTEL_EXPORTER_OTLP_HEADERS` (OpenTelemetry specification, "OTLP Exporter Configuration").
 * An issue tells positions and lengths alone, because any part may be of a secret.
 */
export const parseTraceHeaders: ParseValue<readonly TraceHeader[]> = (path, text) => {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  const headers = new Map<string, TraceHeader>();
  const issues: Issue[] = [];
  for (const [index, entry] of entries.entries()) {
    const header = parseHeader(entry);
    const issue = { path: `${path}[${index}]`, accepted: ACCEPTED };
    if (header === undefined) {
      issues.push({ ...issue, found: `something else of ${entry.length} characters` });
    } else if (OWN.has(header.name)) {
      issues.push({ ...issue, found: `${header.name}, which is the cache's own` });
    } else headers.set(header.name, header);
  }
  if (entries.length > MOST_HEADERS) {
    issues.push({ path, found: `${entries.length} entries`, accepted: ACCEPTED });
  }
  return issues.length > 0 ? reject(...issues) : accept([...headers.values()]);
};

function parseHeader(entry: string): TraceHeader | undefined {
  const at = entry.indexOf('=');
  const name = entry.slice(0, Math.max(at, 0)).trim();
  const value = decode(entry.slice(at + 1).trim());
  if (!NAME.test(name) || value === undefined || !VALUE.test(value)) return undefined;
  return { name: name.toLowerCase(), value: new Secret(value) };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
