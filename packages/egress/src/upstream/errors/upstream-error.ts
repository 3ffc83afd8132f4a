import { STATUS_CODES } from 'node:http';
import { OCI_ERROR_STATUS, type OciErrorCode, type RegistryPath } from '@registry-cache/domain';
import { badUpstreamReply, RegistryError } from '../../wire/errors/registry-error.ts';
import {
  isHtml,
  parseUpstreamMessage,
  type UpstreamMessage,
} from '../../wire/errors/upstream-message.ts';
import { pickHeaders } from '../../wire/http/response-headers.ts';
import {
  formatRetryAfter,
  LONGEST_PAUSE_MS,
  parseRetryAfter,
} from '../../wire/http/retry-after.ts';
import { readCapped, replyHeader } from '../../wire/transport/reply.ts';
import type { Reply } from '../../wire/transport/transport.ts';

const BODY_LIMIT_BYTES = 65_536;

/** The error in a reply of the upstream `key`. Reads the body and releases the connection. */
export async function upstreamError(
  reply: Reply,
  key: string,
  kind: RegistryPath['kind'],
): Promise<RegistryError> {
  const { upstreamMessage, isPage } = await readUpstreamMessage(reply);
  const who = speaker(reply, key);
  if (isPage && isForeign(reply)) return pageInstead(who, reply.status);
  const status = errorStatus(reply.status);
  return new RegistryError({
    // A page with 404 may be a portal's. Clients get it, but no tag is forgotten for it.
    phase: isPage && status === 404 ? 'page' : 'upstream-status',
    status,
    code: errorCode(status, kind, upstreamMessage),
    message: sentence(who, reply.status, upstreamMessage),
    headers: {
      ...pickHeaders(reply, ['content-range', /^ratelimit-/, 'docker-ratelimit-source']),
      ...pauseHeader(reply),
    },
  });
}

/** The error in a refusal of a token service of the upstream `key`. Reads the body, as above. */
export async function tokenError(reply: Reply, key: string): Promise<RegistryError> {
  const { upstreamMessage, isPage } = await readUpstreamMessage(reply);
  // Some token services answer 400 or 404 to credentials that they do not accept.
  const status = reply.status === 400 || reply.status === 404 ? 401 : errorStatus(reply.status);
  const who = `${reply.url.host}, the token service of ${key},`;
  if (isPage && isForeign(reply)) return pageInstead(who, reply.status);
  return new RegistryError({
    phase: 'token',
    status,
    code: errorCode(status, 'tags', upstreamMessage),
    message: sentence(who, reply.status, upstreamMessage),
    headers: pauseHeader(reply),
  });
}

/** Statuses by which not only registries refuse, but also firewalls, portals and bot rules. */
const REFUSING = new Set([400, 401, 403, 405, 406, 407, 451]);

/** A refusing page is not the registry's, unless it asks for a login as web servers do. */
function isForeign(reply: Reply): boolean {
  return REFUSING.has(reply.status) && replyHeader(reply, 'www-authenticate') === undefined;
}

function pageInstead(who: string, status: number): RegistryError {
  const what = `${status} ${STATUS_CODES[status] ?? ''}`.trimEnd();
  const message = `${who} answered ${what} with an HTML page instead of a registry's answer: a portal, a firewall or a bot rule may stand in between`;
  return badUpstreamReply('page', message);
}

/** Clients are told to wait, but no longer than the cache itself would. */
function pauseHeader(reply: Reply): Record<string, string> {
  const header = replyHeader(reply, 'retry-after');
  const askedMs = parseRetryAfter(header, Date.now());
  if (askedMs === undefined) return {};
  return { 'retry-after': formatRetryAfter(Math.min(askedMs, LONGEST_PAUSE_MS)) };
}

/** Errors keep their status. An unexpected status below 400 becomes 502. */
function errorStatus(status: number): number {
  return status >= 400 && status <= 599 ? status : 502;
}

function errorCode(
  status: number,
  kind: RegistryPath['kind'],
  upstreamMessage: UpstreamMessage,
): OciErrorCode {
  const code = upstreamMessage.code.toUpperCase();
  if (Object.hasOwn(OCI_ERROR_STATUS, code) && OCI_ERROR_STATUS[code as OciErrorCode] === status) {
    return code as OciErrorCode;
  }
  if (status === 401) return 'UNAUTHORIZED';
  if (status === 403) return 'DENIED';
  if (status === 404) {
    return kind === 'manifest'
      ? 'MANIFEST_UNKNOWN'
      : kind === 'blob'
        ? 'BLOB_UNKNOWN'
        : 'NAME_UNKNOWN';
  }
  if (status === 405) return 'UNSUPPORTED';
  if (status === 429) return 'TOOMANYREQUESTS';
  return status >= 500 ? 'UNAVAILABLE' : 'UNKNOWN';
}

/** `quay.io`, or the host that answered instead after a redirect. */
function speaker(reply: Reply, key: string): string {
  return reply.redirected ? `${reply.url.host}, to which ${key} redirected,` : key;
}

function sentence(who: string, status: number, { code, message }: UpstreamMessage): string {
  const head = `${who} answered ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd();
  const tail = [code.toLowerCase(), message].filter(Boolean).join(': ');
  return tail === '' ? head : `${head}: ${tail}`;
}

async function readUpstreamMessage(
  reply: Reply,
): Promise<{ upstreamMessage: UpstreamMessage; isPage: boolean }> {
  const { bytes } = await readCapped(reply, BODY_LIMIT_BYTES).catch(() => ({
    bytes: Buffer.alloc(0),
  }));
  const text = bytes.toString('utf8');
  const isPage = isHtml(text) || (isCalledHtml(reply) && /^\s*</.test(text));
  return { upstreamMessage: parseUpstreamMessage(reply.toOwnNames?.(text) ?? text), isPage };
}

/** Some registries also call their JSON errors HTML, so the body counts as well. */
function isCalledHtml(reply: Reply): boolean {
  return /^text\/html\b/i.test(replyHeader(reply, 'content-type') ?? '');
}
