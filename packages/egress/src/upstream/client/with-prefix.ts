import type { OutboundRequest, Reply } from '../../wire/transport/transport.ts';
import type { UpstreamClient } from './upstream-client.ts';

/**
 * A client of a registry below a path, such as `docker-remote` of
 * `https://artifactory.example.com/docker-remote`. The repository `team/app` is
 * `docker-remote/team/app` there, also in the scope of its tokens. Links and locations in replies
 * are changed back to the names without the prefix.
 */
export function withPrefix(client: UpstreamClient, prefix: string): UpstreamClient {
  if (prefix === '') return client;
  return {
    ...client,
    async fetch(request) {
      const path = addToPath(request.path, prefix);
      const repository = `${prefix}/${request.repository}`;
      const reply = await client.fetch({ ...request, path, repository });
      return withOwnNames(reply, prefix);
    },
    async tryLogin(login, request) {
      const path = addToPath(request.path, prefix);
      const repository = `${prefix}/${request.repository}`;
      const { reply, isProven } = await client.tryLogin(login, { ...request, path, repository });
      return { reply: withOwnNames(reply, prefix), isProven };
    },
    async pass(request) {
      const reply = await client.pass({ ...request, url: addToUrl(request, prefix) });
      return withOwnNames(reply, prefix);
    },
  };
}

/** `/v2/` itself and the catalogue name no repository. */
function addToPath(path: string, prefix: string): string {
  return path.replace(/^\/v2\/(?!_catalog(?:\?|$))(?=[^?])/, `/v2/${prefix}/`);
}

/** A client's own request may also name repositories in its query: the source of a mount, scopes. */
function addToUrl({ url }: OutboundRequest, prefix: string): URL {
  const changed = new URL(url);
  changed.pathname = addToPath(url.pathname, prefix);
  const from = changed.searchParams.get('from');
  if (from !== null && changed.pathname !== url.pathname) {
    changed.searchParams.set('from', `${prefix}/${from}`);
  }
  const scopes = changed.searchParams.getAll('scope');
  if (scopes.length === 0) return changed;
  changed.searchParams.delete('scope');
  for (const scope of scopes) changed.searchParams.append('scope', addToScope(scope, prefix));
  return changed;
}

/** A scope of the registry's own challenge has the prefix already. */
function addToScope(scope: string, prefix: string): string {
  const start = `repository:${prefix}/`;
  const isTheirs = !scope.startsWith('repository:') || scope.startsWith(start);
  return isTheirs ? scope : scope.replace('repository:', start);
}

function withOwnNames(reply: Reply, prefix: string): Reply {
  const { link, location } = reply.headers;
  const headers = { ...reply.headers };
  if (typeof link === 'string') {
    headers.link = link.replace(
      /<([^>]*)>/g,
      (_, target) => `<${removeFromUrl(target, reply.url, prefix)}>`,
    );
  }
  if (location !== undefined) headers.location = removeFromUrl(location, reply.url, prefix);
  const toOwnNames = (text: string) => text.replaceAll(`${prefix}/`, '');
  return { ...reply, headers, toOwnNames };
}

/** Removes the prefix from a URL, absolute or not. Other URLs stay as they are. */
function removeFromUrl(target: string, base: URL, prefix: string): string {
  const url = URL.parse(target, base.href);
  const start = `/v2/${prefix}/`;
  if (url?.origin !== base.origin || !url.pathname.startsWith(start)) return target;
  const path = `/v2/${url.pathname.slice(start.length)}${url.search}`;
  return /^[a-z]+:/i.test(target) ? `${url.origin}${path}` : path;
}
