import { type ClientRequest, request as requestPlain } from 'node:http';
import { request } from 'node:https';
import { askSocket, type HttpAnswer, readAnswer } from '@registry-cache/runtime';
import { CHANGE_HEADER } from '../contract/verb.ts';

/** Where the admin API is: on a unix socket, or elsewhere. */
export type AdminPlace = { readonly socketPath: string } | RemotePlace;

export interface RemotePlace {
  /** `https://HOST:PORT` */
  readonly server: string;
  /** PEM certificates to trust for it; undefined: those of the system. */
  readonly ca?: string | undefined;
  /** `USER:PASSWORD`; undefined: no login. */
  readonly login?: string | undefined;
}

/** For changes that take long. */
const TIMEOUT_MS = 600_000;
const LIMIT_BYTES = 256 * 1024 * 1024;

/**
 * Sends a question: a GET, or with `json` a POST.
 * @throws the error of the connection.
 */
export function sendTo(
  place: AdminPlace,
  path: string,
  json: string | undefined,
): Promise<HttpAnswer> {
  const limits = { timeoutMs: TIMEOUT_MS, limitBytes: LIMIT_BYTES };
  const change: Record<string, string> =
    json === undefined ? {} : { [CHANGE_HEADER.key]: 'change' };
  if ('socketPath' in place) {
    return askSocket({ socketPath: place.socketPath, path, json, headers: change, ...limits });
  }
  const { server, ca } = place;
  const headers = {
    ...change,
    ...(json !== undefined && {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(json),
    }),
    ...formatLogin(place),
  };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const method = json === undefined ? 'GET' : 'POST';
  const outgoing = request(server, { path, method, headers, ca, agent: false, signal });
  return readAnswer(outgoing, json, LIMIT_BYTES);
}

/** Finds out that the other side is gone without a word. A transfer may take any time. */
const KEEP_ALIVE_MS = 30_000;

/** Begins a change whose body the caller writes, for as long as it takes. */
export function openChange(
  place: AdminPlace,
  path: string,
  headers: Readonly<Record<string, string | number>>,
  signal?: AbortSignal,
): ClientRequest {
  const options = { path, method: 'POST', agent: false, signal } as const;
  const change = { ...headers, [CHANGE_HEADER.key]: 'change' };
  const outgoing =
    'socketPath' in place
      ? requestPlain({ ...options, socketPath: place.socketPath, headers: change })
      : request(place.server, {
          ...{ ...options, ca: place.ca, headers: { ...change, ...formatLogin(place) } },
        });
  outgoing.setSocketKeepAlive(true, KEEP_ALIVE_MS);
  return outgoing;
}

function formatLogin({ login }: RemotePlace): Record<string, string> {
  if (login === undefined) return {};
  return { authorization: `Basic ${Buffer.from(login, 'utf8').toString('base64')}` };
}

export function describePlace(place: AdminPlace): string {
  return 'socketPath' in place ? place.socketPath : place.server;
}
