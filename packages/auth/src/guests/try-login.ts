import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import { text } from 'node:stream/consumers';
import {
  formatOciError,
  INTERNAL_HEADERS,
  INTERNAL_PATHS,
  type Secret,
} from '@registry-cache/domain';
import type { Logger } from '@registry-cache/runtime';

/** What a guest asks for: a part of a repository of an upstream. */
export interface Wanted {
  readonly upstreamId: string;
  readonly repository: string;
  /** Behind the repository: `manifests/v1`. */
  readonly part: string;
}

/** What a registry says of a login. The body is the error for the client, in the OCI shape. */
export type TrialOutcome =
  | { readonly kind: 'yes' }
  /** `login`: 401, `no`: 403, `missing`: 404, `away`: the registry could not be asked. */
  | { readonly kind: 'login' | 'no' | 'missing' | 'away'; readonly body: string };

/** Tries an `Authorization` at the registry of an upstream, by egress. */
export type TryLogin = (authorization: string, wanted: Wanted) => Promise<TrialOutcome>;

export interface TryLoginDeps {
  readonly egressSocket: string;
  readonly bootSecret: Secret;
  readonly log: Pick<Logger, 'warn'>;
}

/** Shorter than the edge waits (templates/guest.lua). */
const ANSWER_MS = 25_000;
const KINDS = { 401: 'login', 403: 'no', 404: 'missing' } as const;

export function createTryLogin({ egressSocket, bootSecret, log }: TryLoginDeps): TryLogin {
  return async (authorization, { upstreamId, repository, part }) => {
    const ours = Buffer.from(`${upstreamId}:${bootSecret.reveal()}`).toString('base64');
    const options = {
      socketPath: egressSocket,
      method: 'POST',
      path: `${INTERNAL_PATHS.try.name}/v2/${repository}/${part}`,
      headers: {
        authorization: `Basic ${ours}`,
        [INTERNAL_HEADERS.clientAuthorization.key]: authorization,
      },
      signal: AbortSignal.timeout(ANSWER_MS),
    };
    try {
      const { status, body } = await send(options);
      if (status === 204) return { kind: 'yes' };
      const kind = KINDS[status as keyof typeof KINDS] ?? 'away';
      return { kind, body };
    } catch (error) {
      const err = error instanceof Error ? error.message : String(error);
      log.warn({ upstream: upstreamId, err }, 'egress could not be asked about a login');
      const message =
        'the registry cannot be asked about this login just now; try again in a moment';
      return { kind: 'away', body: formatOciError('UNAVAILABLE', message) };
    }
  };
}

async function send(options: RequestOptions) {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(options, resolve).on('error', reject).end();
  });
  return { status: response.statusCode ?? 0, body: await text(response) };
}
