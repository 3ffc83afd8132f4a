import { createHash } from 'node:crypto';
import { join } from 'node:path';
import {
  ANONYMOUS_LINE,
  ANSWER_SECONDS,
  fingerprintLogin,
  formatOciError,
  HOSTED_PATH_PATTERN,
  INTERNAL_HEADERS,
  INTERNAL_PATHS,
  MIRRORED_PATH_PATTERN,
  PULL_PATH_PATTERN,
  REQUEST_ID_PATTERN,
  type RunPaths,
  SERVED_TYPES,
  socketPath,
  UPLOAD_PATH_PATTERN,
} from '@registry-cache/domain';
import { CLIENTS } from '../clients/clients.ts';
import type { Model } from '../model/build.ts';
import { hasLogin } from '../model/has-login.ts';
import { letsPush, takesUploads } from '../model/lets-push.ts';
import { formatAllowed, listAllowed, mayAskForMore } from '../on-demand/allowed.ts';
import { ADDRESS_PATTERN } from '../settings/values/client-address.ts';
import { describeAccess } from './access.ts';
import { describeAdminListener } from './admin.ts';
import { planCapacity } from './capacity.ts';
import { hasChecks, listChecked } from './checked.ts';
import { describeConnect, renderConnect } from './connect.ts';
import type { RenderContext } from './context.ts';
import { isLoginOptional, mustDecide } from './deciding.ts';
import { formatAnswerTime, formatEdgeTime } from './edge-time.ts';
import { publicFile, type RenderedTree, secretFile } from './file.ts';
import { describeGuests, hasGuests } from './guests.ts';
import { renderEdgeMaps } from './haproxy-maps.ts';
import { describeHttp, describeTrusted, renderTrusted } from './ingress.ts';
import { describePeers, renderPeers } from './peers.ts';
import { readScript } from './templates.ts';

/** The edge: its configuration, its maps, and the errors that it answers by itself. */
export function renderHaproxy(model: Model, context: RenderContext): RenderedTree {
  const { run, template, secrets } = context;
  const { settings, upstreams } = model;
  const view = {
    headers: INTERNAL_HEADERS,
    paths: INTERNAL_PATHS,
    answerSeconds: ANSWER_SECONDS,
    run: run.root,
    healthListen: settings.HEALTH_LISTEN,
    egressSocket: socketPath(run, 'egress'),
    authSocket: socketPath(run, 'auth'),
    metricsSocket: socketPath(run, 'haproxy-metrics'),
    statsSocket: socketPath(run, 'haproxy-stats'),
    syslogSocket: socketPath(run, 'syslog'),
    hasIpv6: model.hasIpv6,
    hasLogins: hasLogin(model),
    ...describeGuests(model),
    hasIssuers: model.issuers.length > 0,
    // Rules look at requests: some of them must not get to an engine.
    isGuarded: model.access !== undefined || hasChecks(model),
    // Peers get no answer of an engine either.
    hasHotAlone:
      model.access !== undefined || hasChecks(model) || model.peerCertificates !== undefined,
    checked: listChecked(model).map(({ id }) => ({ id })),
    hasChecks: hasChecks(model),
    catalogAuthorization: `Basic ${Buffer.from(`catalog:${secrets.bootSecret}`).toString('base64')}`,
    hasLua: mustDecide(model) || model.connect !== undefined || takesUploads(model),
    asksAuth: mustDecide(model),
    access: describeAccess(model),
    isLoginOptional: isLoginOptional(model),
    basicChallenge: `Basic realm="${settings.REGISTRY_AUTH_HTPASSWD_REALM}"`,
    tokenPublicKeyFile: join(run.secrets, 'token-key.pub'),
    // A changed htpasswd or issuer changes this key, so that no remembered login outlives it.
    authGeneration: hash(
      [secrets.bootSecret, ...listIssuerLines(model), model.htpasswd ?? ''].join(' '),
    ),
    served: listServed(model),
    defaultRegistry: model.defaultRegistry,
    redirect: describeRedirect(model),
    redirectsToBucket: settings.S3_BUCKET !== '' && settings.S3_REDIRECT !== 'false',
    http: describeHttp(model),
    trusted: describeTrusted(model),
    proxyProtocol: settings.PROXY_PROTOCOL,
    hasProto: settings.HTTP_LISTEN !== '' || settings.TRUSTED_PROXIES.length > 0,
    onDemand: describeOnDemand(model, run),
    uploadSocket: takesUploads(model) ? socketPath(run, 'hosted') : undefined,
    hosted: describeHosted(model, run),
    mirrored: describeMirrored(model),
    admin: describeAdminListener(model, run),
    peers: describePeers(model, run, secrets.bootSecret),
    upstreams: upstreams.map(({ id, key }) => ({
      id,
      key,
      hotSocket: socketPath(run, `hot-${id}`),
      engineSocket: socketPath(run, `engine-${id}`),
    })),
    manifestTypes: SERVED_TYPES.join(', '),
    pullPattern: PULL_PATH_PATTERN,
    uploadPattern: UPLOAD_PATH_PATTERN,
    addressPattern: ADDRESS_PATTERN,
    targetPattern: TARGET_PATTERN,
    requestIdPattern: REQUEST_ID_PATTERN,
    maxHeaderBytes: MAX_HEADER_BYTES,
    capacity: planCapacity(model),
    timeouts: describeTimeouts(model),
    clients: Object.keys(CLIENTS).map((name) => ({ name })),
    library: upstreams.filter(({ hasLibrary }) => hasLibrary).map(({ id }) => ({ id })),
  };
  const connect = describeConnect(model, context, view);
  return new Map([
    ...renderLogins(model),
    ...renderTrusted(model),
    ...renderPeers(secrets.peerCertificate, model),
    ['etc/haproxy/haproxy.cfg', secretFile(template('haproxy.cfg.hbs')({ ...view, connect }))],
    // HAProxy names scripts by whole paths. So they are here before a changed policy needs them: the
    // check of that configuration reads them.
    ['etc/haproxy/ask-auth.lua', publicFile(readScript('ask-auth.lua'))],
    ['etc/haproxy/health.lua', publicFile(readScript('health.lua'))],
    ['etc/haproxy/auth.lua', publicFile(readScript('auth.lua'))],
    ['etc/haproxy/access.lua', publicFile(readScript('access.lua'))],
    ['etc/haproxy/guest.lua', publicFile(readScript('guest.lua'))],
    ['etc/haproxy/hosted.lua', publicFile(readScript('hosted.lua'))],
    ...renderEdgeMaps(model),
    ...renderConnect(model),
    ['etc/haproxy/certs.pem', secretFile(model.certificate)],
    ...ERRORS.map(
      ([status, reason, message]) =>
        [
          `etc/haproxy/errors/${status}.http`,
          publicFile(formatError(status, reason, message)),
        ] as const,
    ),
  ]);
}

/** The logins that tokens may name: the present lines of the htpasswd file, and the issuers. */
function renderLogins(model: Model): RenderedTree {
  if (!hasLogin(model) && !hasGuests(model)) return new Map();
  const strangers = isLoginOptional(model) ? [ANONYMOUS_LINE] : [];
  const logins = [...listHtpasswdLines(model), ...listIssuerLines(model), ...strangers];
  const names = logins.map((line) => `${fingerprintLogin(model.tokenKey.privatePem, line)}\n`);
  const issuers = [...new Set(model.issuers.map(({ issuer }) => issuer))];
  return new Map([
    ['etc/haproxy/logins.lst', publicFile(names.join(''))],
    ...(issuers.length > 0
      ? [['etc/haproxy/issuers.lst', publicFile(`${issuers.join('\n')}\n`)] as const]
      : []),
  ]);
}

/** If a user has two lines, the last one counts. */
function listHtpasswdLines({ htpasswd = '' }: Model): string[] {
  const lines = htpasswd.split('\n').filter((line) => line !== '');
  return [...new Map(lines.map((line) => [line.split(':', 1)[0], line])).values()];
}

function listIssuerLines({ issuers }: Model): string[] {
  return issuers.map(({ line }) => line);
}

/** How long the edge waits for clients. */
function describeTimeouts({ settings }: Model): object {
  return {
    send: formatEdgeTime(settings.EDGE_SEND_TIMEOUT),
    answer: formatAnswerTime(settings.EGRESS_IDLE_TIMEOUT),
    headers: formatEdgeTime(settings.EDGE_HEADER_TIMEOUT),
    keepalive: formatEdgeTime(settings.EDGE_KEEPALIVE_TIMEOUT),
  };
}

/** The view of the registries whose images are pushed here. */
function describeHosted({ hosted }: Model, run: RunPaths): object | undefined {
  if (hosted === undefined) return undefined;
  return {
    pattern: hosted.names.join('|'),
    pathPattern: HOSTED_PATH_PATTERN,
    hotSocket: socketPath(run, 'hosted-hot'),
  };
}

/** The view of pushes into the names of registries; undefined where nobody may push. */
function describeMirrored({ access }: Model): object | undefined {
  if (!letsPush(access)) return undefined;
  return { pathPattern: MIRRORED_PATH_PATTERN };
}

/** The names of all that is served, for errors. Keys with `*` may serve nothing yet. */
function listServed({ upstreams, hosted }: Model): string {
  return [...upstreams.map(({ key }) => key), ...(hosted?.names ?? [])].join(', ') || 'none yet';
}

/** The view of registries on demand. */
function describeOnDemand(model: Model, run: RunPaths): object | undefined {
  if (!mayAskForMore(model)) return undefined;
  const allowed = formatAllowed(model.settings.ON_DEMAND_REGISTRIES, model.onDemandKeys);
  const globs = listAllowed(model).join(', ');
  return { allowed, globs, socket: socketPath(run, 'on-demand') };
}

/** The view of the listener that sends plain HTTP on to https. */
function describeRedirect({ settings, hasIpv6 }: Model): object | undefined {
  const { REDIRECT_LISTEN: listen, REDIRECT_PORT: port } = settings;
  if (listen === '') return undefined;
  return {
    listen,
    // HAProxy takes an absent address for IPv4 alone.
    listenIpv6: hasIpv6 && listen.startsWith(':') ? `::${listen}` : undefined,
    port: port === 443 ? '' : `:${port}`,
  };
}

/** The targets that requests may have: a path of printable characters that no reader takes for a host. */
const TARGET_PATTERN = '^/(?:[!-.0-\\[\\]-~][!-\\[\\]-~]*)?$';

/** One header of 64 KiB and the usual others. Each hop behind accepts more. */
const MAX_HEADER_BYTES = 72 * 1024;

/** HAProxy's own answers where none comes from behind, in the shape that clients read. */
const ERRORS: readonly (readonly [number, string, string])[] = [
  [400, 'Bad Request', 'the request could not be understood'],
  [408, 'Request Timeout', 'the request took too long to arrive'],
  [500, 'Internal Server Error', 'the cache failed to handle this request'],
  [502, 'Bad Gateway', 'the cache could not complete the answer; try again'],
  [
    503,
    'Service Unavailable',
    'this part of the cache is starting, or has too much to do; try again in a moment',
  ],
  [504, 'Gateway Timeout', 'the cache did not answer in time'],
];

function formatError(status: number, reason: string, message: string): string {
  const body = formatOciError(status >= 500 ? 'UNAVAILABLE' : 'UNSUPPORTED', message);
  return [
    `HTTP/1.1 ${status} ${reason}`,
    'Content-Type: application/json',
    'Docker-Distribution-Api-Version: registry/2.0',
    'Cache-Control: no-store',
    ...(status === 503 ? ['Retry-After: 1'] : []),
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
