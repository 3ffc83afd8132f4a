import {
  type AccessRecord,
  AUDIT_WAYS,
  type AuditEvent,
  type AuditEventName,
  type ServedNames,
} from '@registry-cache/domain';
import { decodeLine } from '@registry-cache/follow';

/** The end of a line that the audit log does not want. */
const WITHOUT_EVENT = '"audit": ""}';
const WITH_EVENT = /"audit": ?"[^"]+"\}$/;

const EVENTS: Readonly<Record<string, AuditEventName>> = {
  entered: 'fetch',
  pushed: 'push',
  deleted: 'delete',
  login: 'login-failed',
  refused: 'refusal',
};

/**
 * The event in a line of the access log; undefined for lines without one, and for other text.
 * @param registries the registry of each upstream, by the upstream's id
 */
export function readAudit(line: string, registries: ServedNames): AuditEvent | undefined {
  if (line.endsWith(WITHOUT_EVENT) || !WITH_EVENT.test(line)) return undefined;
  const record = parse(line);
  const [word = '', encoded = ''] = (record?.audit ?? '').split(' ', 2);
  const event = Object.hasOwn(EVENTS, word) ? EVENTS[word] : undefined;
  if (record === undefined || event === undefined) return undefined;
  const said = decode(encoded);
  return {
    event,
    time: record.time,
    user: event === 'login-failed' ? said : record.user,
    from: record.client,
    way: AUDIT_WAYS.find((known) => known === record.way),
    image: nameImage(record, registries),
    digest: record.digest,
    id: record.id || undefined,
    ...(event === 'login-failed' && { because: whyNoLogin(record.status) }),
    ...(event === 'refusal' && readRefusal(said)),
  };
}

/** As `formatRefusal` of the rules writes it. The user before it may have any name. */
const REFUSAL =
  /^.* may not (?<right>pull|fetch|push|delete) (?<image>\S+) \((?:rule (?<rule>\d+)(?:: (?<because>.*))?|(?<reason>.*))\)$/s;

/**
 * Takes a refusal such as `ann may not pull quay.io/app:v1 (rule 3: use valkey)` apart. Any other
 * message is a reason as a whole.
 */
function readRefusal(message: string): Partial<AuditEvent> {
  const { right, image, rule, because, reason } = REFUSAL.exec(message)?.groups ?? {};
  if (right === undefined) return { because: message };
  return {
    right,
    image,
    rule: rule === undefined ? undefined : Number(rule),
    because: because ?? reason,
  };
}

function whyNoLogin(status: number | undefined): string {
  return status === 429 ? 'too many wrong passwords came from this address' : 'wrong login';
}

/** A push, as the registry's own path tells it. */
const PUSH_PATH = /^\/v2\/(?<repository>.+)\/(?:manifests|blobs)\/(?<reference>[^/]+)$/;

/** The image of a request: by its fields, or by the path of what was passed on. */
function nameImage(
  { upstream, repository, reference, kind, path }: Partial<AccessRecord>,
  registries: ServedNames,
): string {
  if (kind === 'tunnel') return path ?? '';
  if (upstream === undefined || upstream === '') return '';
  const asked =
    repository === undefined || repository === ''
      ? PUSH_PATH.exec(path ?? '')?.groups
      : { repository, reference: kind === 'tags' ? '' : reference };
  if (asked?.repository === undefined) return '';
  const name = `${nameRegistry(upstream, registries)}/${asked.repository}`;
  if (asked.reference === undefined || asked.reference === '') return name;
  return `${name}${asked.reference.includes(':') ? '@' : ':'}${asked.reference}`;
}

/** A registry that has gone since is named by its id, which has `_` for the colon of a port. */
function nameRegistry(upstream: string, registries: ServedNames): string {
  const known = Object.hasOwn(registries, upstream) ? registries[upstream]?.host : undefined;
  return known ?? upstream.replace(/_(?=\d{1,5}$)/, ':');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function parse(line: string): Partial<AccessRecord> | undefined {
  try {
    return JSON.parse(decodeLine(line)) as Partial<AccessRecord>;
  } catch {
    return undefined;
  }
}
