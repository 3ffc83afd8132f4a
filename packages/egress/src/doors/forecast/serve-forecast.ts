import type { IncomingMessage, ServerResponse } from 'node:http';
import { INTERNAL_PATHS, type PullForecast, parseRegistryPath } from '@registry-cache/domain';
import type { Lease } from '../../upstream/client/upstreams.ts';
import { toRegistryError } from '../../upstream/errors/to-registry-error.ts';
import type { AuthenticatedHandlerDeps } from '../server/authenticated-handler.ts';
import { callerUpstream } from '../server/boot-auth.ts';
import { refusal } from '../server/refusal.ts';
import { sendError, sendJson } from '../server/respond.ts';

const PREFIX = INTERNAL_PATHS.forecast.name;

/** A manifest of an upstream, by a tag or a digest. */
export interface AskedManifest {
  readonly upstream: Lease['upstream'];
  readonly repository: string;
  readonly reference: string;
}

export type ForecastDoorDeps = Pick<
  AuthenticatedHandlerDeps,
  'bootSecret' | 'refresh' | 'upstreams'
> & {
  readonly forecast: (asked: AskedManifest) => Promise<PullForecast>;
};

/**
 * Serves `/forecast/v2/<repository>/manifests/<reference>`, for the admin worker alone: what the next
 * pull would do, as JSON. No upstream is asked, and nothing changes.
 * @returns whether the request was one of these.
 */
export async function serveForecast(
  deps: ForecastDoorDeps,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const { url = '', method } = request;
  if (!url.startsWith(`${PREFIX}/`)) return false;
  const id = callerUpstream(request, await deps.bootSecret());
  await deps.refresh();
  const lease = id === undefined ? undefined : deps.upstreams.lease(id);
  try {
    const path = parseRegistryPath(url.slice(PREFIX.length));
    if (lease === undefined || path?.kind !== 'manifest' || method !== 'GET') {
      throw refusal(404, 'request', 'only a GET of a manifest of an upstream is told');
    }
    const { repository, reference } = path;
    const found = await deps.forecast({ upstream: lease.upstream, repository, reference });
    sendJson(response, 200, JSON.stringify(found));
  } catch (error) {
    sendError(response, toRegistryError(error, 'this cache'));
  } finally {
    lease?.release();
  }
  return true;
}
