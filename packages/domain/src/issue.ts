import { escapeUnprintable } from './printable.ts';

/**
 * A problem of the input. Bad input is data, not an exception: a parser returns all problems at
 * once. An issue never carries the value of a secret.
 */
export interface Issue {
  /**
   * A setting (`CLEANER_MAXSIZE`) or a path in a file (`/pull-secret.json auths["quay.io"].auth`).
   */
  readonly path: string;
  /** The value there, fit for a log: of a secret, its length at most. */
  readonly found: string;
  /** The accepted values. */
  readonly accepted: string;
}

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly issues: readonly Issue[] };

export function accept<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function reject(...issues: readonly Issue[]): { ok: false; issues: readonly Issue[] } {
  return { ok: false, issues };
}

/** One line for one issue: `PATH: found X; accepted: Y`. */
export function formatIssue(issue: Issue): string {
  return `${issue.path}: found ${issue.found}; accepted: ${issue.accepted}`;
}

/**
 * Formats a value for an issue: quoted, invisible characters escaped, cut at 60 characters. It leaves
 * possible secrets out: the login of a URL, and PEM text, which may be a key.
 */
export function quoteFound(value: unknown): string {
  if (value === undefined) return 'nothing';
  const whole = JSON.stringify(value) ?? String(value);
  if (whole.includes('-----BEGIN ')) return 'PEM text';
  const text = whole.replace(/\/\/[^/"]*@/g, '//…@');
  // JSON escapes neither C1 control characters nor direction overrides.
  return escapeUnprintable(text.length > 60 ? `${text.slice(0, 57)}…"` : text);
}

/** Thrown for bad input; carries all its issues. */
export class InvalidInputError extends Error {
  readonly code = 'INVALID_INPUT';
  readonly issues: readonly Issue[];

  constructor(issues: readonly Issue[]) {
    super(issues.map(formatIssue).join('\n'));
    this.name = 'InvalidInputError';
    this.issues = issues;
  }
}

/** @throws InvalidInputError with all issues, if the parse failed. */
export function unwrap<T>(parsed: Parsed<T>): T {
  if (!parsed.ok) throw new InvalidInputError(parsed.issues);
  return parsed.value;
}

/**
 * Input that is used, although its writer may have meant something else. A notice never carries the
 * value of a secret.
 */
export interface Notice {
  readonly path: string;
  /** The value there, fit for a log. */
  readonly found: string;
  /** The meaning that it is given: `anonymous`. */
  readonly taken: string;
}

/** One line for one notice: `PATH: found X; taken as Y`. */
export function formatNotice({ path, found, taken }: Notice): string {
  return `${path}: found ${found}; taken as ${taken}`;
}
