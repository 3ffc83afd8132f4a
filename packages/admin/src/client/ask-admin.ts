import { asList, asObject, parseObject } from '@registry-cache/domain';
import { askSocket, parseJson, type SocketAnswer } from '@registry-cache/runtime';
import { API_PREFIX, type InputOf, type OutputOf, type Verb } from '../contract/verb.ts';
import { VERBS, type VerbName, type Verbs } from '../contract/verbs.ts';

/** Where the admin API is. */
export interface AdminPlace {
  readonly socketPath: string;
}

/** The admin API cannot be reached. */
export class AdminAwayError extends Error {
  readonly code = 'ADMIN_AWAY';
}

/** The admin API has refused a request, and says why. */
export class AdminRefusalError extends Error {
  readonly code = 'ADMIN_REFUSAL';
}

const TIMEOUT_MS = 30_000;
const LIMIT_BYTES = 256 * 1024 * 1024;

/**
 * Asks the admin API.
 * @throws AdminAwayError where nothing answers; AdminRefusalError with the reason of a refusal.
 */
export async function askAdmin<Name extends VerbName>(
  name: Name,
  input: InputOf<Verbs[Name]>,
  place: AdminPlace,
): Promise<OutputOf<Verbs[Name]>> {
  const verb: Verb = VERBS[name];
  const { status, body } = await ask(verb, input as Readonly<Record<string, unknown>>, place);
  if (status !== 200) throw new AdminRefusalError(readMessage(body) ?? `answered ${status}`);
  return parseJson(body, verb.output) as OutputOf<Verbs[Name]>;
}

async function ask(
  { name, method }: Verb,
  input: Readonly<Record<string, unknown>>,
  { socketPath }: AdminPlace,
): Promise<SocketAnswer> {
  const limits = { timeoutMs: TIMEOUT_MS, limitBytes: LIMIT_BYTES };
  const path = `${API_PREFIX}${name}`;
  try {
    if (method === 'POST') {
      return await askSocket({ socketPath, path, json: JSON.stringify(input), ...limits });
    }
    const pairs = Object.entries(input).filter(([, value]) => value !== undefined);
    const query = new URLSearchParams();
    for (const [key, value] of pairs) query.set(key, String(value));
    return await askSocket({ socketPath, path: `${path}?${query}`, ...limits });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new AdminAwayError(
      `${socketPath}: found nothing that answers (${why}); accepted: the socket of a running cache`,
    );
  }
}

function readMessage(body: string): string | undefined {
  const [first] = asList(parseObject(Buffer.from(body)).errors);
  const { message } = asObject(first);
  return typeof message === 'string' ? message : undefined;
}
