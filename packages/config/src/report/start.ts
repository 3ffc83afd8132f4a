import { X509Certificate } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { type FreeSpace, formatSize } from '@registry-cache/domain';
import type { Logger } from '@registry-cache/runtime';
import manifest from '../../package.json' with { type: 'json' };
import type { Model } from '../model/build.ts';
import { hasLogin } from '../model/has-login.ts';
import { listAllowed } from '../on-demand/allowed.ts';
import { EDGE_PORT } from '../settings/edge-port.ts';
import { formatCollector } from '../settings/values/collectors.ts';
import { formatPeers } from '../settings/values/peers.ts';

type Started = Pick<
  Model,
  | 'settings'
  | 'upstreams'
  | 'isPublic'
  | 'defaultRegistry'
  | 'connect'
  | 'htpasswd'
  | 'issuers'
  | 'certificate'
  | 'hosted'
  | 'onDemandKeys'
>;

/** A line of the log: its message and its fields. */
interface Line {
  readonly msg: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Logs which version starts, before any input is read: a report of a fault needs it too. */
export function reportVersion(log: Logger): void {
  log.info({ version: manifest.version }, 'registry-cache starts');
}

/** Logs at a start what the appliance does, a line for each question of an operator. */
export function reportStart(model: Started, log: Logger): void {
  for (const { msg, fields } of describeStart(model)) log.info(fields, msg);
}

/**
 * Where the appliance listens, what it serves, how large the store may get, what is on, and which
 * certificate clients see.
 */
export function describeStart(model: Started): Line[] {
  return [
    { msg: 'listens', fields: listListeners(model) },
    // Without a pull secret, a line of its own says what is served.
    ...(model.isPublic ? [] : [{ msg: 'serves', fields: listServed(model) }]),
    { msg: 'stores', fields: describeStore(model) },
    { msg: 'features', fields: listFeatures(model) },
    { msg: 'certificate', fields: describeCertificate(model) },
  ];
}

function listListeners({ settings, connect }: Started): Line['fields'] {
  return {
    https: `:${EDGE_PORT}`,
    ...(settings.HTTP_LISTEN !== '' && { http: settings.HTTP_LISTEN }),
    ...(connect && { proxy: settings.CONNECT_LISTEN }),
    ...(settings.REDIRECT_LISTEN !== '' && { redirect: settings.REDIRECT_LISTEN }),
    ...(settings.PEERS.kind !== 'none' && { peers: settings.PEER_LISTEN }),
    ...(settings.ADMIN_LISTEN !== '' && { admin: settings.ADMIN_LISTEN }),
    health: settings.HEALTH_LISTEN,
  };
}

function listServed({ upstreams, defaultRegistry }: Started): Line['fields'] {
  return {
    registries: upstreams.map(({ key }) => key),
    withoutName: defaultRegistry ?? 'none',
  };
}

function describeStore({ settings, hosted }: Started): Line['fields'] {
  return {
    path: settings.REGISTRYDIR,
    maxSize: formatSize(settings.CLEANER_MAXSIZE),
    staysFree: formatFreeSpace(settings.CLEANER_MIN_FREE),
    ...(hosted && { hosted: hosted.names, hostedMaxSize: formatSize(hosted.maxSizeBytes) }),
  };
}

function listFeatures({ settings, upstreams, connect, ...model }: Started): Line['fields'] {
  const offline = upstreams.filter((upstream) => upstream.offline).map(({ key }) => key);
  return {
    login: hasLogin(model) ? 'on' : 'off',
    ...(model.issuers.length > 0 && { issuers: model.issuers.map(({ issuer }) => issuer) }),
    proxy: connect === undefined ? 'off' : 'on',
    offline: settings.OFFLINE ? 'on' : nameOrOff(offline),
    onDemand: nameOrOff(listAllowed({ settings, ...model })),
    ...(settings.TRUSTED_PROXIES.length > 0 && { trustedProxies: settings.TRUSTED_PROXIES }),
    ...(settings.PEERS.kind !== 'none' && { peers: formatPeers(settings.PEERS) }),
    ...(settings.PROXY_PROTOCOL && { proxyProtocol: 'on' }),
    ...(settings.LOG_FORWARD.length > 0 && {
      logForward: settings.LOG_FORWARD.map(formatCollector),
    }),
  };
}

/** The names, or `off` for none. */
function nameOrOff(names: readonly string[]): string | readonly string[] {
  return names.length === 0 ? 'off' : names;
}

function describeCertificate({ certificate }: Started): Line['fields'] {
  const { fingerprint256, subjectAltName = '', validToDate } = new X509Certificate(certificate);
  return {
    fingerprint: fingerprint256,
    names: subjectAltName.split(', ').map(nameOfEntry),
    validUntil: validToDate.toISOString().slice(0, 10),
  };
}

/** `DNS:localhost` to `localhost`, `IP Address:0:0:0:0:0:0:0:1` to `::1`. */
function nameOfEntry(entry: string): string {
  const name = entry.replace(/^[^:]*:/, '');
  return isIPv6(name) ? new URL(`http://[${name}]`).hostname.slice(1, -1) : name;
}

/** `1 GiB`, `5%`, or both, of which the smaller counts. */
function formatFreeSpace({ bytes, percent }: FreeSpace): string {
  const size = bytes === null ? [] : [formatSize(bytes)];
  const part = percent === null ? [] : [`${percent}%`];
  return [...size, ...part].join(' or ');
}
