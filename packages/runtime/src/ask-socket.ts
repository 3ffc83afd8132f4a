import { request } from 'node:http';
import { type HttpAnswer, readAnswer } from './read-answer.ts';

export interface SocketQuestion {
  readonly socketPath: string;
  /** Path and query. */
  readonly path: string;
  /** The text of a JSON value, which is sent by POST. Undefined: GET. */
  readonly json?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly timeoutMs: number;
  /** Longer answers are refused. */
  readonly limitBytes: number;
}

/**
 * Asks a program that serves HTTP on a unix socket.
 * @throws Error with the system's code where nothing listens; also after the timeout, and for an
 * answer beyond the limit.
 */
export function askSocket(question: SocketQuestion): Promise<HttpAnswer> {
  const { socketPath, path, json, timeoutMs, limitBytes } = question;
  const signal = AbortSignal.timeout(timeoutMs);
  const method = json === undefined ? 'GET' : 'POST';
  const type = json === undefined ? {} : { 'content-type': 'application/json' };
  const headers = { ...type, ...question.headers };
  const options = { socketPath, path, method, headers, agent: false, signal } as const;
  return readAnswer(request(options), json, limitBytes);
}
