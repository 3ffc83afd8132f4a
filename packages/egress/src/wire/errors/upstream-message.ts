/** What an upstream says in the body of an error; empty strings where it says nothing. */
export interface UpstreamMessage {
  readonly code: string;
  readonly message: string;
}

const MAX_LENGTH = 240;

/**
 * Reads the first OCI error of a body, or what token services say in its place (`error` and
 * `error_description` of OAuth 2, `details`, `message`), or a short plain text. HTML says nothing.
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

/** Whether a body is a web page, which no registry answers with: a portal, a filter, a firewall. */
export function isHtml(body: string): boolean {
  return /^\s*<(?:!doctype\s+html|html|head|body)\b/i.test(body);
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function firstText(...values: unknown[]): string {
  return values.find((value) => typeof value === 'string') ?? '';
}

/** One line, no control characters, cut: it goes into logs and terminals. */
function clean(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH - 1)}…` : line;
}
