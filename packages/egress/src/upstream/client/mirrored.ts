import { createBoundedMap } from '@registry-cache/runtime';
import { RegistryError } from '../../wire/errors/registry-error.ts';
import { discard } from '../../wire/transport/reply.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import type { Health } from '../health/health.ts';
import { AnsweredBy } from './answered-by.ts';
import type { UpstreamClient } from './upstream-client.ts';
import type { UpstreamRequest } from './upstream-request.ts';

/** One URL that an upstream can be asked at. */
export interface Endpoint {
  /** For messages and metrics: `mirror.example.com for docker.io`. */
  readonly name: string;
  readonly client: UpstreamClient;
}

export interface MirroredOptions {
  readonly now: () => number;
  /** A mirror was asked and could not help: `status 404`, a phase of a failure. */
  readonly onMiss: (mirror: string, reason: string) => void;
  /** A mirror sent wrong bytes, and is left alone for a while. */
  readonly onWrongBytes: (mirror: string) => void;
}

/** Long enough for a mirror to be mended, short enough for nobody to be needed here after that. */
const DISTRUST_MS = 600_000;
/** Origins that endpoints redirect to; an endpoint may name as many as it likes. */
const MAX_LED_TO = 100;
/** Between two parts of one blob. */
const SAME_BLOB_MS = 30_000;

/**
 * Several places that have one registry's images, as one client. Mirrors are asked first, in their order,
 * for tags as well, as containerd and podman do. Whatever is no answer of a mirror leads to the next
 * one, and at last to the upstream itself, whose answer counts whatever it is. Lists (of tags, of
 * referrers) are the upstream's first: a mirror may list no more than it holds.
 */
export function mirrored(
  own: Endpoint,
  mirrors: readonly Endpoint[],
  { now, onMiss, onWrongBytes: onLie }: MirroredOptions,
): UpstreamClient {
  const all = [...mirrors, own];
  const answered = new AnsweredBy<Endpoint>(now);
  const ledTo = createBoundedMap<string, Endpoint>(MAX_LED_TO);
  const distrustedUntil = new Map<Endpoint, number>();

  const turnsFor = ({ path }: UpstreamRequest): Endpoint[] => {
    const trusted = all.filter((place) => (distrustedUntil.get(place) ?? 0) <= now());
    if (!/\/(?:manifests|blobs)\/[^/]+$/.test(path)) return [own, ...trusted.filter(isMirror)];
    // All parts of one blob come from where its first one came from.
    const before = isOfBlob(path) ? answered.find(path, SAME_BLOB_MS) : undefined;
    if (before === undefined || !trusted.includes(before)) return trusted;
    return [before, ...trusted.filter((place) => place !== before)];
  };
  const isMirror = (place: Endpoint) => place !== own;

  const remember = (path: string, place: Endpoint, reply: Reply): Reply => {
    if (reply.status < 400) answered.note(path, place);
    if (reply.redirected) ledTo.set(reply.url.origin, place);
    return reply;
  };

  return {
    health: healthOf(own, all),
    async fetch(ask) {
      let told: Outcome | undefined;
      const misses: string[] = [];
      const turns = turnsFor(ask);
      for (const [index, place] of turns.entries()) {
        const isLast = index === turns.length - 1;
        const outcome = await attempt(place, ask);
        const reason = reasonAgainst(outcome, place === own);
        if (place === own && (isLast || reason === undefined)) {
          return conclude(outcome, misses, (reply) => remember(ask.path, place, reply));
        }
        if (reason === undefined && outcome.reply !== undefined) {
          await letGo(told);
          return remember(ask.path, place, outcome.reply);
        }
        if (place === own) told = outcome;
        else {
          onMiss(place.name, reason ?? '');
          misses.push(`${place.name}: ${reason}`);
          await letGo(outcome);
        }
      }
      return conclude(told ?? (await attempt(own, ask)), misses, (reply) => reply);
    },
    follow: (url, ask) => (ledTo.get(url.origin) ?? own).client.follow(url, ask),
    pass: (request) => own.client.pass(request),
    distrust(path) {
      const place = answered.find(path);
      if (place === undefined || place === own) return false;
      distrustedUntil.set(place, now() + DISTRUST_MS);
      onLie(place.name);
      return true;
    },
    close: async () => void (await Promise.all(all.map(({ client }) => client.close()))),
  };
}

/** What came of asking one place. */
type Outcome =
  | { readonly reply: Reply; readonly error?: undefined }
  | { readonly reply?: undefined; readonly error: unknown };

/** @throws the signal's reason: who has gone needs no other place. */
async function attempt({ client }: Endpoint, ask: UpstreamRequest): Promise<Outcome> {
  try {
    return { reply: await client.fetch(ask) };
  } catch (error) {
    if (ask.signal.aborted) throw error;
    return { error };
  }
}

/** Why an outcome is none to be passed on. What the upstream itself says counts, unless it is ill. */
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

/** @throws the upstream's own failure, with what its mirrors met before. */
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

async function letGo(told: Outcome | undefined): Promise<void> {
  if (told?.reply !== undefined) await discard(told.reply);
}

function isOfBlob(path: string): boolean {
  return path.includes('/blobs/');
}

/** The upstream is as well as the best of its places. */
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
