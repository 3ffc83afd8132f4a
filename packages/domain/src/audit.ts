import { escapeUnprintable } from './printable.ts';

/** The events that the audit log has. */
export const AUDIT_EVENTS = [
  /** A request that the rules of access, the appliance or the registry behind a push refused. */
  'refusal',
  /** A wrong user name or password, or a token that does not count. */
  'login-failed',
  /** A manifest that was not here, brought in by the request of this user. */
  'fetch',
  'push',
  'delete',
  'pin',
  'unpin',
  /** Content of the store was removed by an operator. */
  'prune',
  /** What the signatures of an image say, once for each digest. */
  'trust',
  /** What the rules of admission say, once for each digest. */
  'admission',
  /** An operator asked for a change by the admin API. */
  'change',
  /** The configuration changed, or a change of it was refused. */
  'configuration',
] as const;
export type AuditEventName = (typeof AUDIT_EVENTS)[number];

/** What was decided, for events that decide something. */
export const AUDIT_VERDICTS = ['allowed', 'warned', 'refused'] as const;
export type AuditVerdict = (typeof AUDIT_VERDICTS)[number];

/**
 * The ways in: the first part of the path, `?ns=`, docker's mirror, a host name, HTTPS_PROXY,
 * commands in the container, and the admin API from elsewhere.
 */
export const AUDIT_WAYS = ['path', 'ns', 'mirror', 'host', 'proxy', 'operator', 'api'] as const;
export type AuditWay = (typeof AUDIT_WAYS)[number];

/** An event for the audit log. What is left out does not apply, or is not known there. */
export interface AuditEvent {
  readonly event: AuditEventName;
  /** ISO 8601 in UTC with milliseconds; left out: now. */
  readonly time?: string | undefined;
  readonly user?: string | undefined;
  /** The address of the client. */
  readonly from?: string | undefined;
  readonly way?: AuditWay | undefined;
  /** `registry/repository`, with `:tag` or `@digest` where one was asked for. */
  readonly image?: string | undefined;
  readonly digest?: string | undefined;
  /** The number of the rule that decided, from 1. */
  readonly rule?: number | undefined;
  /** The reason, or a short sentence about the event. Never a secret. */
  readonly because?: string | undefined;
  readonly verdict?: AuditVerdict | undefined;
  /** The right that a refusal is about: `pull`, `fetch`, `push` or `delete`. */
  readonly right?: string | undefined;
  /** The id of the request; of several equal ones, that of the first. */
  readonly id?: string | undefined;
  /** How many events this one stands for; left out: 1. */
  readonly count?: number | undefined;
}

/**
 * A line of the audit log. A text that does not apply is empty, and a rule is null. `right`,
 * `verdict`, `id` and `count` are only there where they apply.
 */
export interface AuditRecord {
  readonly time: string;
  readonly event: AuditEventName;
  readonly user: string;
  readonly from: string;
  readonly way: AuditWay | '';
  readonly image: string;
  readonly digest: string;
  readonly rule: number | null;
  readonly because: string;
  readonly right?: string;
  readonly verdict?: AuditVerdict;
  readonly id?: string;
  readonly count?: number;
}

/** Bounds in characters. All fields of a client together stay far below a page of 4 KiB. */
const MAX_NAME = 256;
const MAX_TEXT = 1024;

/**
 * Formats an event as one line of JSON with its end. Long texts are cut, and invisible characters
 * are escaped.
 */
export function formatAuditLine(event: AuditEvent, nowMs: number): string {
  const { right, verdict, id, count } = event;
  const record: AuditRecord = {
    time: event.time ?? new Date(nowMs).toISOString(),
    event: event.event,
    user: cut(event.user, MAX_NAME),
    from: cut(event.from, MAX_NAME),
    way: event.way ?? '',
    image: cut(event.image, MAX_TEXT),
    digest: cut(event.digest, MAX_NAME),
    rule: event.rule ?? null,
    because: cut(event.because, MAX_TEXT),
    ...(right !== undefined && { right }),
    ...(verdict !== undefined && { verdict }),
    ...(id !== undefined && { id: cut(id, MAX_NAME) }),
    ...(count !== undefined && count > 1 && { count }),
  };
  return `${escapeUnprintable(JSON.stringify(record))}\n`;
}

function cut(text = '', length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
