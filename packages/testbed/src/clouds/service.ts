import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { ServerCertificate } from '../certificates.ts';
import { type InterruptibleServer, listenInterruptible } from '../interruptible-server.ts';

export interface CloudRequestSeen {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface CloudAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | object;
}

export interface CloudServiceOptions {
  readonly host?: string;
  readonly tls?: ServerCertificate;
}

/** A service of a cloud that can fail, and whose clock can be wrong. */
export interface CloudService extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly server: InterruptibleServer;
  /** `POST /token` of all requests, in their order. */
  readonly requests: string[];
  /** Statuses of the next answers, which come before its own. */
  readonly failures: number[];
  /** How far its clock is ahead. */
  skewMs: number;
  now(): number;
}

/** @param answer its own answer; a thrown Refusal is an answer too. */
export async function startCloudService(
  options: CloudServiceOptions,
  answer: (request: CloudRequestSeen) => CloudAnswer | Promise<CloudAnswer>,
): Promise<CloudService> {
  const requests: string[] = [];
  const failures: number[] = [];
  const server = await listenInterruptible({
    ...options,
    onRequest: async (request, response) => {
      const { method = '', headers } = request;
      const url = new URL(request.url ?? '', `http://${headers.host}`);
      requests.push(`${method} ${url.pathname}`);
      const body = await text(request);
      const status = failures.shift();
      const given =
        status === undefined
          ? await Promise.resolve({ method, url, headers, body }).then(answer).catch(asAnswer)
          : { status, body: { error: 'unavailable' } };
      send(response, given, service.now());
    },
  });
  const service: CloudService = {
    url: server.url,
    port: server.port,
    server,
    requests,
    failures,
    skewMs: 0,
    now: () => Date.now() + service.skewMs,
    [Symbol.asyncDispose]: () => server.stop(),
  };
  return service;
}

/** An answer that ends the work on a request. */
export class Refusal extends Error {
  readonly code = 'TESTBED_REFUSAL';
  readonly answer: CloudAnswer;

  constructor(status: number, body: string | object, headers: Record<string, string> = {}) {
    super(`refused with ${status}`);
    this.answer = { status, body, headers };
  }
}

/** @throws Refusal unless the condition holds. */
export function demand(holds: boolean, status: number, body: string | object): asserts holds {
  if (!holds) throw new Refusal(status, body);
}

function asAnswer(error: unknown): CloudAnswer {
  if (error instanceof Refusal) return error.answer;
  return { status: 500, body: { error: 'defect', error_description: String(error) } };
}

function send(response: ServerResponse, { status = 200, headers, body }: CloudAnswer, now: number) {
  const isText = typeof body === 'string';
  response.writeHead(status, {
    'content-type': isText ? 'text/xml' : 'application/json',
    date: new Date(now).toUTCString(),
    ...headers,
  });
  response.end(isText ? body : JSON.stringify(body));
}
