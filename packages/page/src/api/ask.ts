import type { VerbInput, VerbName, VerbOutput } from '@registry-cache/admin/contract';
import { escapeUnprintable } from '@registry-cache/domain/printable';
import { AwayError, RefusalError } from './errors.ts';

const API = '/api/v1/';
const TIMEOUT_MS = 30_000;
/** Bad Gateway, Service Unavailable, Gateway Timeout. */
const AWAY: ReadonlySet<number> = new Set([502, 503, 504]);
/** Some changes take long. */
const CHANGE_TIMEOUT_MS = 600_000;

/** The input of a verb. The server adds the defaults. */
export type Input<Name extends VerbName> = Partial<VerbInput<Name>>;

/** The answer of a verb, and the server's time when it was given. */
export interface Answered<Name extends VerbName> {
  readonly answer: VerbOutput<Name>;
  /** Epoch milliseconds by the server's clock; undefined if it told none. */
  readonly serverMs: number | undefined;
}

/**
 * Asks a verb that only reads.
 * @throws RefusalError with the server's reason; AwayError if nothing of the cache answers.
 */
export async function ask<Name extends VerbName>(
  name: Name,
  input: Input<Name>,
  signal?: AbortSignal,
): Promise<Answered<Name>> {
  const signals = [AbortSignal.timeout(TIMEOUT_MS), ...(signal === undefined ? [] : [signal])];
  const request = { signal: AbortSignal.any(signals), headers: { accept: 'application/json' } };
  return send<Name>(formatUrl(name, input), request);
}

/**
 * Asks for a change.
 * @throws RefusalError with the server's reason; AwayError if nothing of the cache answers.
 */
export async function change<Name extends VerbName>(
  name: Name,
  input: Input<Name>,
): Promise<VerbOutput<Name>> {
  const { answer } = await send<Name>(`${API}${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-registry-cache': 'page' },
    body: JSON.stringify(input),
    signal: AbortSignal.timeout(CHANGE_TIMEOUT_MS),
  });
  return answer;
}

/** The address of a question. Equal questions have equal addresses. */
export function formatUrl(name: string, input: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(input)) {
    if (value !== undefined && value !== '') query.set(key, String(value));
  }
  return query.size === 0 ? `${API}${name}` : `${API}${name}?${query}`;
}

async function send<Name extends VerbName>(
  url: string,
  request: RequestInit,
): Promise<Answered<Name>> {
  let response: Response;
  let body: string;
  try {
    response = await fetch(url, { ...request, cache: 'no-store', redirect: 'error' });
    body = await response.text();
  } catch (error) {
    if (request.signal?.aborted && isAbort(error)) throw error;
    throw new AwayError('the cache does not answer');
  }
  const value = parse(body);
  if (!response.ok) throw toError(response.status, value);
  if (value === undefined) throw new AwayError('something else answers than the cache');
  const serverMs = Date.parse(response.headers.get('date') ?? '');
  // The contract types what the server checks.
  const answer = value as VerbOutput<Name>;
  return { answer, serverMs: Number.isNaN(serverMs) ? undefined : serverMs };
}

function toError(status: number, value: unknown): Error {
  const [first] = (value as { errors?: { message?: unknown }[] } | undefined)?.errors ?? [];
  const message = typeof first?.message === 'string' ? first.message : undefined;
  // The edge answers in place of a worker that is away, and says to try again.
  if (AWAY.has(status)) return new AwayError(message ?? 'the cache does not answer');
  return new RefusalError(message ?? `the cache answers with status ${status}`, status);
}

/** Clients chose some of the texts. None of them may turn around or hide what stands beside it. */
function parse(body: string): unknown {
  try {
    return JSON.parse(body, (_, value) => {
      return typeof value === 'string' ? escapeUnprintable(value) : value;
    });
  } catch {
    return undefined;
  }
}

/** Whether the asker has given the question up. A timeout is another error. */
function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}
