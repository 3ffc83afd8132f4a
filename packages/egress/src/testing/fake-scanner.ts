import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

/** How the scanner answers the next questions. */
export type ScannerAnswer = (response: ServerResponse) => void | Promise<void>;

export interface FakeScanner extends AsyncDisposable {
  readonly url: string;
  /** The questions so far. */
  readonly asked: Record<string, unknown>[];
  answerWith(answer: ScannerAnswer): void;
}

export const YES = sends(200, { admit: true, reason: 'no finding' });
export const NO = sends(200, { admit: false, reason: 'CVE-2026-0001 is critical' });

export function sends(status: number, body: unknown, headers = {}): ScannerAnswer {
  return (response) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
  };
}

export function after(ms: number, answer: ScannerAnswer): ScannerAnswer {
  return async (response) => {
    await delay(ms);
    await answer(response);
  };
}

/** A scanner that admits everything at first. */
export async function startFakeScanner(): Promise<FakeScanner> {
  let current = YES;
  const asked: Record<string, unknown>[] = [];
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request;
    const question = (await json(request)) as Record<string, unknown>;
    const { authorization } = headers;
    const line = `${method} ${url} ${headers['content-type']}`;
    asked.push({ ...question, request: line, ...(authorization && { authorization }) });
    await current(response);
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/admit`,
    asked,
    answerWith: (answer) => {
      current = answer;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
