import { Readable } from 'node:stream';
import { INTERNAL_HEADERS, PEER_PROTOCOL } from '@registry-cache/domain';
import { createBoundedMap } from '@registry-cache/runtime';
import { Agent } from 'undici';
import { BODY_BUFFER_BYTES } from '../../wire/body/gathered.ts';
import { parseLength } from '../../wire/http/content-range.ts';
import type { PhaseTimeouts } from '../../wire/transport/failure.ts';
import { discard, readCapped, replyHeader } from '../../wire/transport/reply.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import type { UpstreamRequest } from '../client/upstream-request.ts';
import { isAsker } from './asker.ts';
import { atMost } from './at-most.ts';

/** What became of a question to a peer. */
export type PeerOutcome = 'answered' | 'own' | 'no-answer' | 'no-good-answer' | 'wrong-bytes';

export interface PeersOptions {
  /** The random id of this egress, by which it knows its own questions. */
  readonly egressId: string;
  /** Unix socket of the edge, which finds the peer. */
  readonly socket: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly onOutcome: (upstream: string, outcome: PeerOutcome) => void;
  readonly onBytes: (upstream: string, count: number) => void;
}

/** The upstream that peers are asked for. */
export interface PeerQuestion {
  readonly id: string;
  /** Its name in metrics. */
  readonly key: string;
  readonly timeouts: PhaseTimeouts;
}

/** The replicas that act as one cache with this one. */
export interface Peers {
  /**
   * Asks the replica that the request belongs to. If that is this one, its ownership learns it.
   * @returns undefined if no peer gives an answer that counts.
   * @throws the reason of the request's signal; what its ownership throws.
   */
  ask(question: PeerQuestion, request: UpstreamRequest): Promise<Reply | undefined>;
  /**
   * Asks the owner for what it has in its store, and causes no request to the upstream.
   * @param refusal the message for what it does not have, which it answers with 403.
   * @returns undefined if no peer gives an answer that counts.
   * @throws the reason of the request's signal.
   */
  askStored(
    question: PeerQuestion,
    request: UpstreamRequest,
    refusal: string,
  ): Promise<Reply | undefined>;
  /**
   * Reports that a peer's bytes for this path were wrong. Then no peer is asked for them for a while.
   * @returns whether a peer had sent them.
   */
  distrust(question: PeerQuestion, path: string): boolean;
  close(): Promise<void>;
}

const OF_IMAGE =
  /^\/v2\/(?<repository>.+)\/(?:blobs\/(?<digest>[^/?]+)|manifests\/[^/?]+|tags\/list|referrers\/[^/?]+)(?:\?|$)/;
const DISTRUST_MS = 600_000;
/** A body that broke off twice within this time comes from the upstream for as long. */
const BROKEN_MS = 60_000;
/** A list may be larger than a manifest. What is larger still comes from the upstream. */
const MAX_WHOLE_BYTES = 16 * 1024 * 1024;
const MAX_REMEMBERED = 2_000;
/** The code of undici for a body that its reader closed before the end. */
const CLOSED_HERE = 'UND_ERR_ABORTED';
/** A connection that the edge has closed meanwhile is no sign of a peer. */
const TRIES = 2;

/** The way to the peers, by the edge of this replica. */
export function createPeers({ egressId, socket, now, onOutcome, onBytes }: PeersOptions): Peers {
  const agent = new Agent({
    connect: { socketPath: socket },
    keepAliveTimeout: 4_000,
    maxHeaderSize: 65_536,
  });
  const answered = createBoundedMap<string, true>(MAX_REMEMBERED);
  const distrustedUntil = createBoundedMap<string, number>(MAX_REMEMBERED);
  const brokeOffMs = createBoundedMap<string, number>(MAX_REMEMBERED);

  const send = async (
    { id, timeouts }: PeerQuestion,
    { method, path, headers, signal, ownership }: UpstreamRequest,
    ownerKey: string,
    isOfBlob: boolean,
  ): Promise<Reply> => {
    const url = new URL(`http://peers${path}`);
    for (let tries = 1; ; tries += 1) {
      try {
        const reply = await agent.request({
          origin: url.origin,
          path,
          method,
          headers: {
            ...headers,
            [INTERNAL_HEADERS.ownerKey.key]: ownerKey,
            [INTERNAL_HEADERS.ownerUpstream.key]: id,
            [INTERNAL_HEADERS.peerProtocol.key]: String(PEER_PROTOCOL),
            ...(ownership !== undefined && { [INTERNAL_HEADERS.asker.key]: egressId }),
          },
          signal,
          // The owner may ask the upstream first.
          headersTimeout: isOfBlob ? timeouts.blobHeadersMs : timeouts.headersMs,
          bodyTimeout: timeouts.idleMs,
          highWaterMark: BODY_BUFFER_BYTES,
        });
        // A body may fail while it is not read. That must not end the process; readers still get it.
        reply.body.on('error', () => undefined);
        return {
          url,
          redirected: false,
          status: reply.statusCode,
          headers: reply.headers,
          body: reply.body,
          isOfPeer: true,
          confirmedMsAgo: readAge(String(reply.headers.age)),
        };
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (tries === TRIES || (error as NodeJS.ErrnoException).code !== 'UND_ERR_SOCKET') {
          throw error;
        }
      }
    }
  };

  const ask = async (
    question: PeerQuestion,
    request: UpstreamRequest,
  ): Promise<Reply | undefined> => {
    const { repository, digest } = OF_IMAGE.exec(request.path)?.groups ?? {};
    if (repository === undefined) return undefined;
    const { id, key } = question;
    const place = `${id} ${request.path}`;
    if ((distrustedUntil.get(place) ?? 0) > now()) return undefined;
    // Blobs are the same in every repository.
    const ownerKey = digest ?? `${id}/${repository}`;
    const reply = await send(question, request, ownerKey, digest !== undefined).catch(
      (error: unknown) => {
        if (request.signal.aborted) throw error;
        return undefined;
      },
    );
    if (reply === undefined) {
      onOutcome(key, 'no-answer');
      return undefined;
    }
    if (reply.status === 421 && isAsker(reply.headers, egressId)) {
      onOutcome(key, 'own');
      await discard(reply);
      request.ownership?.learn();
      return undefined;
    }
    if (!isAnswer(reply.status, request.headers)) {
      onOutcome(key, 'no-good-answer');
      await discard(reply);
      return undefined;
    }
    const told =
      digest === undefined
        ? await readWhole(reply, request.signal, question.timeouts.headersMs)
        : atMost(reply, request, () => noteWrong(place, key));
    if (told === undefined) {
      onOutcome(key, 'no-good-answer');
      return undefined;
    }
    onOutcome(key, 'answered');
    answered.set(place, true);
    if (request.method === 'GET') {
      const bytes = parseLength(replyHeader(told, 'content-length')) ?? 0;
      told.body.once('end', () => onBytes(key, bytes));
      told.body.once('error', (error: NodeJS.ErrnoException) => {
        if (!request.signal.aborted && error.code !== CLOSED_HERE) noteBroken(place);
      });
    }
    return told;
  };
  const noteWrong = (place: string, key: string) => {
    answered.delete(place);
    distrustedUntil.set(place, now() + DISTRUST_MS);
    onOutcome(key, 'wrong-bytes');
  };
  // The first time the rest is asked of the peers again: the owner may be another one by now.
  const noteBroken = (place: string) => {
    const lastMs = brokeOffMs.get(place) ?? Number.NEGATIVE_INFINITY;
    brokeOffMs.set(place, now());
    const untilMs = Math.max(distrustedUntil.get(place) ?? 0, now() + BROKEN_MS);
    if (now() - lastMs < BROKEN_MS) distrustedUntil.set(place, untilMs);
  };

  return {
    ask: (question, request) =>
      ask(question, { ...request, headers: withoutFirstRange(request.headers) }),
    askStored: (question, request, refusal) => {
      const noFetch = { [INTERNAL_HEADERS.noFetch.key]: encodeURIComponent(refusal) };
      return ask(question, { ...request, headers: { ...request.headers, ...noFetch } });
    },
    distrust({ id, key }, path) {
      const place = `${id} ${path}`;
      if (answered.get(place) === undefined) return false;
      noteWrong(place, key);
      return true;
    },
    close: () => agent.close(),
  };
}

/**
 * The whole blob in place of its first part: only then the owner keeps it, and gives it to all that
 * ask meanwhile.
 */
function withoutFirstRange(headers: UpstreamRequest['headers']): UpstreamRequest['headers'] {
  const { range, ...rest } = headers;
  return range === undefined || range.startsWith('bytes=0-') ? rest : headers;
}

/**
 * Whether the owner gives its own answer, or that of the upstream. A replica sends nobody elsewhere.
 * A refusal counts only from a store: the upstream may refuse a login that the owner still has, and
 * let in the one of this replica.
 */
function isAnswer(status: number, headers: UpstreamRequest['headers']): boolean {
  if (status === 401 || status === 403) return INTERNAL_HEADERS.noFetch.key in headers;
  return status < 300 || (status >= 400 && status < 500 && status !== 421 && status !== 429);
}

/**
 * The reply with a body that has arrived, since the upstream can only be asked in its place before
 * any of it is passed on. Undefined if the body breaks off, or is too large.
 * @throws the reason of the request's signal.
 */
async function readWhole(
  reply: Reply,
  signal: AbortSignal,
  withinMs: number,
): Promise<Reply | undefined> {
  const read = await readCapped(reply, MAX_WHOLE_BYTES, withinMs).catch(() => undefined);
  signal.throwIfAborted();
  if (read?.whole !== true) return undefined;
  const body = Readable.from([read.bytes]);
  return { ...reply, body: Object.assign(body, { dump: async () => void body.destroy() }) };
}

/** Milliseconds since the upstream confirmed a tag, as the owner says. */
function readAge(header: string): number | undefined {
  return /^\d{1,9}$/.test(header) ? Number(header) * 1000 : undefined;
}
