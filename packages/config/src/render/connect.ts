import { socketPath } from '@registry-cache/domain';
import { PROXY_CERTIFICATE } from '../certificate/proxy.ts';
import type { Model } from '../model/build.ts';
import type { ConnectProxy } from '../model/connect.ts';
import type { Settings } from '../settings/table.ts';
import { listChecked } from './checked.ts';
import type { RenderContext } from './context.ts';
import { formatEdgeTime } from './edge-time.ts';
import { publicFile, type RenderedTree, secretFile } from './file.ts';
import { formatMap } from './format-map.ts';
import { portOf, renderSystemdFormat } from './systemd-setup.ts';
import { readScript } from './templates.ts';

/** Statuses of a refused CONNECT. The body of such an answer is the reason. */
/** The last of the types for an application's own use is 0xEF. User and target come before these. */
const FIRST_GROUP_VALUE = 0xe3;
const GROUP_VALUES = 12;
/** HAProxy takes 1024 bytes at most. */
const GROUP_VALUE_BYTES = 1_000;
const REFUSALS = [400, 403, 431, 503, 504];

/** Longer than egress may take for the address of a tunnel. */
const LEAST_HEAD_MS = 30_000;
/** Longer than egress waits for the answer to a push. */
const LEAST_PASS_MS = 900_000;

/** The view of the proxy, which contains the edge's `shared` view; undefined where it is off. */
export function describeConnect(
  model: Model,
  { run, secrets }: RenderContext,
  shared: object,
): object | undefined {
  const { connect, settings, hasIpv6 } = model;
  if (connect === undefined) return undefined;
  const listen = settings.CONNECT_LISTEN;
  return {
    ...shared,
    listen,
    port: portOf(listen),
    // HAProxy takes an absent address for IPv4 alone.
    listenIpv6: hasIpv6 && listen.startsWith(':') ? `::${listen}` : undefined,
    answeredSocket: socketPath(run, 'haproxy-answered'),
    refusesOthers: settings.CONNECT_OTHERS === 'refuse',
    checkedHosts: [...new Set(listChecked(model).map(({ host }) => host))],
    allowsPush: settings.ALLOW_PUSH === 'true',
    ports: settings.CONNECT_PORTS.join(' '),
    refusals: REFUSALS,
    groups: describeGroups(),
    bootSecret: secrets.bootSecret,
    ...describeTimes(settings),
  };
}

/** The values of the PROXY protocol that carry the groups of a client. */
function describeGroups(): object {
  const values = Array.from({ length: GROUP_VALUES }, (_, index) => ({
    type: `0x${(FIRST_GROUP_VALUE + index).toString(16).toUpperCase()}`,
    from: index * GROUP_VALUE_BYTES,
  }));
  return { values, each: GROUP_VALUE_BYTES, bytes: GROUP_VALUES * GROUP_VALUE_BYTES };
}

/** How long the proxy waits for clients, registries and the other ends of tunnels. */
function describeTimes(settings: Settings): object {
  const { EDGE_BODY_TIMEOUT: bodyMs, CONNECT_SEND_TIMEOUT: sendMs } = settings;
  return {
    // The same time passes while egress looks for the other end of a tunnel.
    headTimeout: formatEdgeTime(Math.max(settings.EDGE_HEADER_TIMEOUT, LEAST_HEAD_MS)),
    bodyTimeout: bodyMs === settings.EDGE_SEND_TIMEOUT ? undefined : formatEdgeTime(bodyMs),
    buffersPush: settings.PUSH_BUFFERING,
    bufferTimeout: formatEdgeTime(bodyMs),
    idleTimeout: formatEdgeTime(settings.CONNECT_IDLE_TIMEOUT),
    sendTimeout: sendMs === 0 ? undefined : formatEdgeTime(sendMs),
    // Egress ends such an exchange first, and says why.
    passTimeout: formatEdgeTime(Math.max(LEAST_PASS_MS, settings.EGRESS_SEND_TIMEOUT + 60_000)),
  };
}

/** The proxy's files beside haproxy.cfg. */
export function renderConnect(model: Model): RenderedTree {
  const { connect } = model;
  if (connect === undefined) return new Map();
  const authorityPem = connect.authority.chainPem;
  return new Map([
    ['etc/haproxy/connect.lua', publicFile(readScript('connect.lua'))],
    ['etc/haproxy/setup-systemd.sh', publicFile(renderSystemdFormat(authorityPem))],
    ['etc/haproxy/ca.crt', publicFile(authorityPem)],
    [PROXY_CERTIFICATE, secretFile(connect.certificate)],
    ...renderProxyMaps(model, connect),
  ]);
}

function renderProxyMaps({ upstreams }: Model, { targets }: ConnectProxy): RenderedTree {
  const hosts = [...new Set(targets.values())];
  // Requests other than pulls go to the upstream of the whole registry, or else of a part of it.
  const passes = hosts.map((host) => {
    const [one] = upstreams
      .filter((upstream) => upstream.host === host)
      .sort((a, b) => a.key.length - b.key.length);
    return [host, one?.id ?? ''] as const;
  });
  // Only some namespaces of these are served, so clients may need to log in at the registry.
  const partial = hosts.filter((host) => !upstreams.some(({ key }) => key === host));
  return new Map([
    ['etc/haproxy/targets.map', publicFile(formatMap([...targets]))],
    ['etc/haproxy/passes.map', publicFile(formatMap(passes))],
    ['etc/haproxy/partial.map', publicFile(formatMap(partial.map((host) => [host, '1'])))],
  ]);
}
