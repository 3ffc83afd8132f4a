import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Dispatcher, Pool } from 'undici';
import { HostedError } from '../http/answer.ts';

/** A complete layer of many gigabytes may be read once more before its answer. */
const ANSWER_WITHIN_MS = 15 * 60_000;

/** A program that was killed is back within a second, or some more on a busy machine. */
const WAIT_MS = 5_000;
const WAIT_STEP_MS = 100;

/** Of an answer of the engine that is read whole: an error, or nothing. */
const LONGEST_TEXT = 64 * 1024;

/** Headers of a request that the engine needs to know. */
const PASSED = ['accept', 'content-type', 'if-none-match', 'if-range', 'range'] as const;

/** Headers that belong to one connection. */
const OF_CONNECTION = new Set(['connection', 'keep-alive', 'transfer-encoding']);

export type EngineAnswer = Dispatcher.ResponseData;
export type EngineRequest = Pick<Dispatcher.RequestOptions, 'method' | 'path' | 'body' | 'headers'>;

/** The distribution registry that keeps the hosted images. */
export class Engine {
  readonly #pool: Pool;

  constructor(socketPath: string) {
    this.#pool = new Pool('http://hosted', {
      socketPath,
      connections: null,
      headersTimeout: ANSWER_WITHIN_MS,
      // Clients may read and write slowly. The edge says how slowly.
      bodyTimeout: 0,
    });
  }

  /**
   * Asks the engine. While it restarts, it is waited for.
   * @throws HostedError 503 while the engine is away.
   */
  async ask(request: EngineRequest): Promise<EngineAnswer> {
    const deadline = Date.now() + WAIT_MS;
    for (;;) {
      try {
        return await this.#pool.request(request);
      } catch (error) {
        const { code = '' } = error as NodeJS.ErrnoException;
        const mayWait = NOT_THERE.has(code) && !(request.body instanceof Readable);
        if (!mayWait || Date.now() > deadline) throw toHostedError(error);
        await sleep(WAIT_STEP_MS);
      }
    }
  }

  /** Waits for the engine, before a body that can be sent only once. */
  async untilThere(): Promise<void> {
    await this.askShortly({ method: 'GET', path: '/v2/' });
  }

  /**
   * Asks, and reads a short answer to its end.
   * @throws HostedError 507 where the disk is full, and 503 while the engine is away.
   */
  async askShortly(request: EngineRequest): Promise<EngineAnswer & { readonly text: string }> {
    const answer = await this.ask(request);
    let text = '';
    for await (const chunk of answer.body) {
      if (text.length < LONGEST_TEXT) text += String(chunk);
    }
    if (answer.statusCode >= 500 && text.includes(DISK_FULL)) {
      throw new HostedError(507, 'DENIED', 'no room: the disk of the store is full');
    }
    return { ...answer, text };
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }
}

/** The system's words for ENOSPC, which the engine repeats. */
const DISK_FULL = 'no space left on device';

/** The codes of the system for a socket on which nobody listens yet. Nothing was sent. */
const NOT_THERE = new Set(['ECONNREFUSED', 'ENOENT']);

/** The codes of undici and of the system for a peer that is not there, or has just gone. */
const AWAY = new Set(['ECONNREFUSED', 'ENOENT', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

function toHostedError(error: unknown): unknown {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (!AWAY.has(code)) return error;
  return new HostedError(503, 'UNAVAILABLE', 'the hosted images are starting; try again', {
    'retry-after': '1',
  });
}

/** The headers of a client's request that go on to the engine. */
export function passedHeaders({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    PASSED.flatMap((name) => {
      const value = headers[name];
      return value === undefined ? [] : [[name, String(value)]];
    }),
  );
}

/** The headers of an answer that go on to the client. */
function answeredHeaders(headers: EngineAnswer['headers']): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || OF_CONNECTION.has(name) ? [] : [[name, value]],
    ),
  );
}

/** Sends an answer of the engine as it comes in. */
export async function streamAnswer(answer: EngineAnswer, response: ServerResponse): Promise<void> {
  response.writeHead(answer.statusCode, answeredHeaders(answer.headers));
  await pipeline(answer.body, response);
}
