/** Code and message in the body of an error. Empty strings if the body has none. */
export interface UpstreamMessage {
  readonly code: string;
  readonly message: string;
}

const MAX_LENGTH = 240;

/**
 * Reads the first OCI error of a body, or the fields of token services (`error` and
 * `error_description` of OAuth 2, `details`, `message`), or the first line of plain text. HTML
 * counts as empty.
 */
export function parseUpstreamMessage(body: string): UpstreamMessage {
  const text = body.trim();
  if (text === '' || text.startsWith('<')) return { code: '', message: '' };
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { code: '', message: clean(text.split('\n')[0] ?? '') };
  }
  const { errors, error, error_description, details, message } = asRecord(parsed);
  const first = asRecord(Array.isArray(errors) ? errors[0] : undefined);
  return {
    code: clean(firstText(first.code, error)),
    message: clean(firstText(first.message, error_description, details, message)),
  };
}

/** Whether a body is a web page. Registries send none; portals, filters and firewalls do. */
export function isHtml(body: string): boolean {
  return /^\s*<(?:!doctype\s+html|html|head|body)\b/i.test(body);
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function firstText(...values: unknown[]): string {
  return values.find((value) => typeof value === 'string') ?? '';
}

/** One line without control characters, and cut, because it goes into logs and terminals. */
function clean(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH - 1)}…` : line;
}
