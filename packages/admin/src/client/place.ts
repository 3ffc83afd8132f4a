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
  const { server, ca, login } = place;
  const headers = {
    ...change,
    ...(json !== undefined && {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(json),
    }),
    ...(login !== undefined && {
      authorization: `Basic ${Buffer.from(login, 'utf8').toString('base64')}`,
    }),
  };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const method = json === undefined ? 'GET' : 'POST';
  const outgoing = request(server, { path, method, headers, ca, agent: false, signal });
  return readAnswer(outgoing, json, LIMIT_BYTES);
}

export function describePlace(place: AdminPlace): string {
  return 'socketPath' in place ? place.socketPath : place.server;
}
