import { STATUS_CODES } from 'node:http';
import { OCI_ERROR_STATUS, type OciErrorCode, type RegistryPath } from '@registry-cache/domain';
import { DigestMismatchError } from '../../wire/body/verify.ts';
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
import { TransportError } from '../../wire/transport/failure.ts';
import { readCapped, replyHeader } from '../../wire/transport/reply.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import { TokenRefusedError } from '../auth/token-request.ts';

const BODY_LIMIT_BYTES = 65_536;

/** What the upstream at `key` answered instead of what was asked, its body read and let go. */
export async function upstreamError(
  reply: Reply,
  key: string,
  kind: RegistryPath['kind'],
): Promise<RegistryError> {
  const { said, isPage } = await readUpstreamMessage(reply);
  const who = speaker(reply, key);
  if (isPage && isForeign(reply)) return pageInstead(who, reply.status);
  const status = errorStatus(reply.status);
  return new RegistryError({
    status,
    code: errorCode(status, kind, said),
    message: sentence(who, reply.status, said),
    // A page in place of a 404 may be a portal's: it is passed on, and ends no memory.
    phase: isPage && status === 404 ? 'page' : 'upstream-status',
    headers: {
      ...pickHeaders(reply, ['content-range', /^ratelimit-/, 'docker-ratelimit-source']),
      ...pauseHeader(reply),
    },
  });
}

/** Statuses by which firewalls, portals and bot rules refuse, beside registries. */
const REFUSING = new Set([400, 401, 403, 405, 406, 407, 451]);

/** A page that refuses is no word of the registry, unless it asks for a login as web servers do. */
function isForeign(reply: Reply): boolean {
  return REFUSING.has(reply.status) && replyHeader(reply, 'www-authenticate') === undefined;
}

function pageInstead(who: string, status: number): RegistryError {
  const what = `${status} ${STATUS_CODES[status] ?? ''}`.trimEnd();
  const message = `${who} answered ${what} with an HTML page, which is no registry's word: a portal, a firewall or a bot rule may stand in between`;
  return badUpstreamReply('page', message);
}

/** No client is told to wait longer than the cache itself would. */
function pauseHeader(reply: Reply): Record<string, string> {
  const header = replyHeader(reply, 'retry-after');
  const askedMs = parseRetryAfter(header, Date.now());
  if (askedMs === undefined) return {};
  return { 'retry-after': formatRetryAfter(Math.min(askedMs, LONGEST_PAUSE_MS)) };
}

/** Whatever went wrong on the way to an answer, as the caller is told it. */
export async function toRegistryError(error: unknown, key: string): Promise<RegistryError> {
  if (error instanceof RegistryError) return error;
  if (error instanceof TransportError) {
    const { phase, timedOut } = error;
    const message = `${key} could not be asked: ${error.message}`;
    return new RegistryError({
      status: timedOut ? 504 : 502,
      code: 'UNAVAILABLE',
      phase,
      message,
      cause: error,
    });
  }
  if (error instanceof DigestMismatchError) {
    return badUpstreamReply('digest', `${key} sent wrong bytes: ${error.message}`);
  }
  if (error instanceof TokenRefusedError) return tokenError(error.reply, key);
  const message = `${key} could not be asked: ${error instanceof Error ? error.message : 'unknown failure'}`;
  return new RegistryError({
    status: 502,
    code: 'UNAVAILABLE',
    phase: 'credentials',
    message,
    cause: error,
  });
}

async function tokenError(reply: Reply, key: string): Promise<RegistryError> {
  const { said, isPage } = await readUpstreamMessage(reply);
  // Token services say 400 and 404 where they mean that these credentials will not do.
  const status = reply.status === 400 || reply.status === 404 ? 401 : errorStatus(reply.status);
  const who = `${reply.url.host}, the token service of ${key},`;
  if (isPage && isForeign(reply)) return pageInstead(who, reply.status);
  return new RegistryError({
    status,
    code: errorCode(status, 'tags', said),
    message: sentence(who, reply.status, said),
    phase: 'token',
    headers: pauseHeader(reply),
  });
}

/** Errors keep their status; what is no error and no answer either is a bad gateway. */
function errorStatus(status: number): number {
  return status >= 400 && status <= 599 ? status : 502;
}

function errorCode(
  status: number,
  kind: RegistryPath['kind'],
  said: UpstreamMessage,
): OciErrorCode {
  const code = said.code.toUpperCase();
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

/** `quay.io`, or who spoke instead of it after a redirect. */
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
): Promise<{ said: UpstreamMessage; isPage: boolean }> {
  const { bytes } = await readCapped(reply, BODY_LIMIT_BYTES).catch(() => ({
    bytes: Buffer.alloc(0),
  }));
  const text = bytes.toString('utf8');
  const isPage = isHtml(text) || (isCalledHtml(reply) && /^\s*</.test(text));
  return { said: parseUpstreamMessage(reply.toOwnNames?.(text) ?? text), isPage };
}

/** Errors in JSON are also called so by some registries, so that the body counts as well. */
function isCalledHtml(reply: Reply): boolean {
  return /^text\/html\b/i.test(replyHeader(reply, 'content-type') ?? '');
}
