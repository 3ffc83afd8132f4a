import { socketPath } from '@registry-cache/domain';
import { PROXY_CERTIFICATE } from '../certificate/proxy.ts';
import type { Model } from '../model/build.ts';
import type { ConnectProxy } from '../model/connect.ts';
import type { RenderContext } from './context.ts';
import { publicFile, type RenderedTree, secretFile } from './file.ts';
import { portOf, renderSystemdFormat } from './systemd-setup.ts';
import { readScript } from './templates.ts';

/** Statuses of a refused CONNECT whose body is the reason. */
const REFUSALS = [400, 403, 431, 503, 504];

/** The proxy's part of the edge, besides `shared`, which both have; undefined where it is off. */
export function describeConnect(
  { connect, settings, hasIpv6 }: Model,
  { run, secrets }: RenderContext,
  shared: object,
): object | undefined {
  if (connect === undefined) return undefined;
  const listen = settings.CONNECT_LISTEN;
  return {
    ...shared,
    listen,
    port: portOf(listen),
    // HAProxy takes an address that is left out for IPv4 alone.
    listenIpv6: hasIpv6 && listen.startsWith(':') ? `::${listen}` : undefined,
    answeredSocket: socketPath(run, 'haproxy-answered'),
    refusesOthers: settings.CONNECT_OTHERS === 'refuse',
    allowsPush: settings.ALLOW_PUSH === 'true',
    ports: settings.CONNECT_PORTS.join(' '),
    refusals: REFUSALS,
    bootSecret: secrets.bootSecret,
  };
}

/** The files that stand beside haproxy.cfg for it. */
export function renderConnect(model: Model): RenderedTree {
  const { connect } = model;
  if (connect === undefined) return new Map();
  const authorityPem = connect.authority.chainPem;
  return new Map([
    ['etc/haproxy/connect.lua', publicFile(readScript('connect.lua'))],
    ['etc/haproxy/setup-systemd.sh', publicFile(renderSystemdFormat(authorityPem))],
    ['etc/haproxy/ca.crt', publicFile(authorityPem)],
    [PROXY_CERTIFICATE, secretFile(connect.certificate)],
    ...renderMaps(model, connect),
  ]);
}

function renderMaps({ upstreams }: Model, { targets }: ConnectProxy): RenderedTree {
  const hosts = [...new Set(targets.values())];
  // Whom to ask for what is no pull: the upstream of the whole registry, or of a part of it.
  const passes = hosts.map((host) => {
    const [one] = upstreams
      .filter((upstream) => upstream.host === host)
      .sort((a, b) => a.key.length - b.key.length);
    return [host, one?.id ?? ''] as const;
  });
  // Of these only some namespaces are served, so that their clients may need to log in there.
  const partial = hosts.filter((host) => !upstreams.some(({ key }) => key === host));
  return new Map([
    ['etc/haproxy/targets.map', publicFile(formatMap([...targets]))],
    ['etc/haproxy/passes.map', publicFile(formatMap(passes))],
    ['etc/haproxy/partial.map', publicFile(formatMap(partial.map((host) => [host, '1'])))],
  ]);
}

function formatMap(entries: readonly (readonly [string, string])[]): string {
  return entries.map(([key, value]) => `${key} ${value}\n`).join('');
}
