import { createBoundedMap } from '@registry-cache/runtime';
import { RegistryError } from '../../wire/errors/registry-error.ts';
import { discard } from '../../wire/transport/reply.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import type { Health } from '../health/health.ts';
import { AnsweredBy } from './answered-by.ts';
import type { UpstreamClient } from './upstream-client.ts';
import type { UpstreamRequest } from './upstream-request.ts';

/** One URL of an upstream: its own, or that of a mirror. */
export interface Endpoint {
  /** For messages and metrics: `mirror.example.com for docker.io`. */
  readonly name: string;
  readonly client: UpstreamClient;
}

export interface MirroredOptions {
  readonly now: () => number;
  /** A mirror did not have an answer. The reason is `status 404`, or the phase of a failure. */
  readonly onMiss: (mirror: string, reason: string) => void;
  /** A mirror sent wrong bytes and is not asked for a while. */
  readonly onWrongBytes: (mirror: string) => void;
}

/** Long enough to repair a mirror, and short enough that no operator has to act here afterwards. */
const DISTRUST_MS = 600_000;
/** Origins that endpoints redirect to. An endpoint may name any number of them. */
const MAX_LED_TO = 100;
/** Longest pause between two parts of one blob. */
const SAME_BLOB_MS = 30_000;

/**
 * Joins the clients of an upstream and its mirrors to one client. As in containerd and podman, the
 * mirrors are asked first, in their order, for tags as well. If a mirror has no good answer, the
 * next one is asked, and the upstream last. The answer of the upstream always counts. Lists of tags
 * and of referrers come from the upstream first, because a mirror may list only its own content.
 */
export function mirrored(
  own: Endpoint,
  mirrors: readonly Endpoint[],
  { now, onMiss, onWrongBytes }: MirroredOptions,
): UpstreamClient {
  const all = [...mirrors, own];
  const answered = new AnsweredBy<Endpoint>(now);
  const ledTo = createBoundedMap<string, Endpoint>(MAX_LED_TO);
  const distrustedUntil = new Map<Endpoint, number>();

  const endpointsFor = ({ path }: UpstreamRequest): Endpoint[] => {
    const trusted = all.filter((endpoint) => (distrustedUntil.get(endpoint) ?? 0) <= now());
    if (!/\/(?:manifests|blobs)\/[^/]+$/.test(path)) return [own, ...trusted.filter(isMirror)];
    // All parts of one blob come from the endpoint that sent the first part.
    const before = isBlobPath(path) ? answered.find(path, SAME_BLOB_MS) : undefined;
    if (before === undefined || !trusted.includes(before)) return trusted;
    return [before, ...trusted.filter((endpoint) => endpoint !== before)];
  };
  const isMirror = (endpoint: Endpoint) => endpoint !== own;

  const remember = (path: string, endpoint: Endpoint, reply: Reply): Reply => {
    if (reply.status < 400) answered.note(path, endpoint);
    if (reply.redirected) ledTo.set(reply.url.origin, endpoint);
    return reply;
  };

  return {
    health: healthOf(own, all),
    async fetch(request) {
      let ownOutcome: Outcome | undefined;
      const misses: string[] = [];
      const endpoints = endpointsFor(request);
      for (const [index, endpoint] of endpoints.entries()) {
        const isLast = index === endpoints.length - 1;
        const outcome = await attempt(endpoint, request);
        const reason = reasonAgainst(outcome, endpoint === own);
        if (endpoint === own && (isLast || reason === undefined)) {
          return conclude(outcome, misses, (reply) => remember(request.path, endpoint, reply));
        }
        if (reason === undefined && outcome.reply !== undefined) {
          await discardReply(ownOutcome);
          return remember(request.path, endpoint, outcome.reply);
        }
        if (endpoint === own) ownOutcome = outcome;
        else {
          onMiss(endpoint.name, reason ?? '');
          misses.push(`${endpoint.name}: ${reason}`);
          await discardReply(outcome);
        }
      }
      return conclude(ownOutcome ?? (await attempt(own, request)), misses, (reply) => reply);
    },
    follow: (url, request) => (ledTo.get(url.origin) ?? own).client.follow(url, request),
    tryLogin: (login, request) => own.client.tryLogin(login, request),
    pass: (request) => own.client.pass(request),
    distrust(path) {
      const endpoint = answered.find(path);
      if (endpoint === undefined || endpoint === own) return false;
      distrustedUntil.set(endpoint, now() + DISTRUST_MS);
      onWrongBytes(endpoint.name);
      return true;
    },
    close: async () => void (await Promise.all(all.map(({ client }) => client.close()))),
  };
}

/** The outcome of a request to one endpoint. */
type Outcome =
  | { readonly reply: Reply; readonly error?: undefined }
  | { readonly reply?: undefined; readonly error: unknown };

/** @throws RegistryError if the caller has gone: no other endpoint is needed then. */
async function attempt({ client }: Endpoint, request: UpstreamRequest): Promise<Outcome> {
  try {
    return { reply: await client.fetch(request) };
  } catch (error) {
    if (request.signal.aborted) throw error;
    return { error };
  }
}

/**
 * Why an outcome must not be passed on; undefined for a good one. Errors of the upstream itself are
 * passed on, but for 429 and 5xx.
 */
function reasonAgainst({ reply, error }: Outcome, isOwn: boolean): string | undefined {
  if (reply === undefined) {
    return error instanceof RegistryError ? error.phase : 'internal';
  }
  const { status } = reply;
  // A portal or a filter answers everything with a page.
  if (!isOwn && /^text\/html\b/.test(reply.headers['content-type'] ?? '')) return 'a page';
  const isAnswer = isOwn
    ? status < 500 && status !== 429
    : status < 300 || status === 304 || status === 416;
  return isAnswer ? undefined : `status ${status}`;
}

/** @throws RegistryError of the upstream, with the reasons of its mirrors in the message. */
function conclude(
  { reply, error }: Outcome,
  misses: readonly string[],
  onReply: (reply: Reply) => Reply,
): Reply {
  if (reply !== undefined) return onReply(reply);
  if (misses.length === 0) throw error;
  const more = ` (mirrors: ${misses.join('; ')})`;
  if (error instanceof RegistryError) {
    const { status, code, phase, headers } = error;
    const message = error.message + more;
    throw new RegistryError({ status, code, phase, headers, message, cause: error });
  }
  throw error;
}

async function discardReply(outcome: Outcome | undefined): Promise<void> {
  if (outcome?.reply !== undefined) await discard(outcome.reply);
}

function isBlobPath(path: string): boolean {
  return path.includes('/blobs/');
}

/** The circuit is that of the best endpoint. */
function healthOf(own: Endpoint, all: readonly Endpoint[]): Health {
  return {
    get circuit() {
      const states = all.map(({ client }) => client.health.circuit);
      if (states.includes('closed')) return 'closed';
      return states.includes('half-open') ? 'half-open' : 'open';
    },
    admit() {
      if (this.circuit === 'open') own.client.health.admit();
    },
  };
}
