import type { IncomingMessage, ServerResponse } from 'node:http';
import { request } from 'node:http';
import { request as requestTls } from 'node:https';
import { pipeline } from 'node:stream/promises';
import {
  type Aws,
  type Azure,
  type Google,
  type InterruptibleServer,
  listenInterruptible,
  type RegistryProcess,
  type ServerCertificate,
} from '@registry-cache/testbed';

/** Sends a request on, and its answer back. */
type Forward = (incoming: IncomingMessage, response: ServerResponse) => Promise<void>;

interface Front {
  readonly host: string;
  /** A registry that asks for no login. */
  readonly behind: Pick<RegistryProcess, 'url'>;
}

interface Place {
  readonly host: string;
  readonly port?: number;
  readonly tls?: ServerCertificate;
}

/** A registry that takes access tokens of Google, and gives its own tokens for them. */
export function startArtifactRegistry(
  { host, behind }: Front,
  google: Google,
): Promise<InterruptibleServer> {
  return start({ host }, (origin) => async (incoming, response) => {
    const url = new URL(incoming.url ?? '', origin);
    const [, pair = ''] = (incoming.headers.authorization ?? '').split(' ');
    if (url.pathname === '/v2/token') {
      const [user, token = ''] = atob(pair).split(':');
      const isGood = google.tokens.check(token, Date.now()) !== undefined;
      if (user !== 'oauth2accesstoken' || !isGood) return refuse(response, 401);
      // Its own tokens are those of Google again, for one repository.
      const lifetimeMs = google.lifetimeSeconds * 1000;
      const given = google.tokens.give(Date.now(), lifetimeMs, url.searchParams.get('scope') ?? '');
      return answer(response, { token: given, expires_in: google.lifetimeSeconds });
    }
    const isGood = google.tokens.check(pair, Date.now()) === scopeOf(url);
    if (isGood) return forwardTo(behind.url)(incoming, response);
    const realm = `Bearer realm="${origin}/v2/token",service="gar"`;
    refuse(response, 401, { 'www-authenticate': realm });
  });
}

/** A registry that takes passwords of ECR for one region, and tells by 403 that one has ended. */
export function startEcr(
  { behind, ...place }: Front & Pick<Place, 'port' | 'tls'>,
  aws: Aws,
  region: string,
): Promise<InterruptibleServer> {
  return start(place, () => async (incoming, response) => {
    const { authorization } = incoming.headers;
    const challenge = { 'www-authenticate': 'Basic realm="ecr",service="ecr.amazonaws.com"' };
    if (authorization === undefined) return refuse(response, 401, challenge);
    const [user, password = ''] = atob(authorization.split(' ')[1] ?? '').split(':');
    const isGood = user === 'AWS' && aws.passwords.check(password, Date.now()) === region;
    if (!isGood) return refuse(response, 403);
    await forwardTo(behind.url)(incoming, response);
  });
}

/** A registry that exchanges tokens of Entra ID, as its part of `azure` does. */
export function startAcr(
  { host, behind }: Front,
  azure: Azure,
  ca: string,
): Promise<InterruptibleServer> {
  return start({ host }, (origin) => async (incoming, response) => {
    const url = new URL(incoming.url ?? '', origin);
    if (url.pathname.startsWith('/oauth2/')) {
      return forwardTo(azure.services.url, ca)(incoming, response);
    }
    const [, token = ''] = (incoming.headers.authorization ?? '').split(' ');
    const isGood = azure.registryTokens.check(token, Date.now()) === scopeOf(url);
    if (isGood) return forwardTo(behind.url)(incoming, response);
    const realm = `Bearer realm="${origin}/oauth2/token",service="example.azurecr.io"`;
    refuse(response, 401, { 'www-authenticate': realm });
  });
}

function start(place: Place, open: (origin: string) => Forward): Promise<InterruptibleServer> {
  let handle: Forward | undefined;
  return listenInterruptible({
    ...place,
    onRequest: (incoming, response) => {
      handle ??= open(`http://${incoming.headers.host}`);
      return handle(incoming, response);
    },
  });
}

/** The right that a request of the registry needs. */
function scopeOf({ pathname }: URL): string {
  const repository = /^\/v2\/(.+)\/(?:manifests|blobs|tags)\//.exec(pathname)?.[1];
  return `repository:${repository}:pull`;
}

function forwardTo(origin: string, ca?: string): Forward {
  return async (incoming, response) => {
    const { authorization: _, ...headers } = incoming.headers;
    const options = { method: incoming.method, headers };
    const url = new URL(incoming.url ?? '', origin);
    const outgoing = ca === undefined ? request(url, options) : requestTls(url, { ...options, ca });
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve).once('error', reject);
    });
    await pipeline(incoming, outgoing);
    const reply = await answered;
    response.writeHead(reply.statusCode ?? 502, reply.headers);
    await pipeline(reply, response);
  };
}

function answer(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function refuse(
  response: ServerResponse,
  status: 401 | 403,
  headers: Record<string, string> = {},
): void {
  const code = status === 401 ? 'UNAUTHORIZED' : 'DENIED';
  const message = 'Your authorization token has expired. Reauthenticate and try again.';
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
}
