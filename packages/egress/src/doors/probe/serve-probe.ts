import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  INTERNAL_PATHS,
  isDigest,
  type PullProbe,
  parseRegistryPath,
  SERVED_TYPES,
} from '@registry-cache/domain';
import { parseRateLimit } from '../../metrics/rate-limit.ts';
import type { Lease } from '../../upstream/client/upstreams.ts';
import { toRegistryError } from '../../upstream/errors/to-registry-error.ts';
import { upstreamError } from '../../upstream/errors/upstream-error.ts';
import { discard, replyHeader } from '../../wire/transport/reply.ts';
import type { AuthenticatedHandlerDeps } from '../server/authenticated-handler.ts';
import { callerUpstream } from '../server/boot-auth.ts';
import { refusal } from '../server/refusal.ts';
import { sendError, sendJson } from '../server/respond.ts';

const PREFIX = INTERNAL_PATHS.probe.name;
/** A person waits for it. */
const TIMEOUT_MS = 2_000;
/** Probes must not take the place of pulls, nor the requests that a registry grants. */
const MOST_AT_ONCE = 2;

export type ProbeDoorDeps = Pick<
  AuthenticatedHandlerDeps,
  'bootSecret' | 'refresh' | 'upstreams' | 'now'
>;

/**
 * A handler of `/probe/v2/<repository>/manifests/<reference>`, for the admin worker alone: asks the
 * upstream for the manifest by one HEAD, with our login, and stores nothing. Its handler returns
 * whether the request was one of these.
 */
export function createServeProbe(
  deps: ProbeDoorDeps,
): (request: IncomingMessage, response: ServerResponse) => Promise<boolean> {
  let running = 0;
  return async (request, response) => {
    const { url = '', method } = request;
    if (!url.startsWith(`${PREFIX}/`)) return false;
    const id = callerUpstream(request, await deps.bootSecret());
    await deps.refresh();
    const lease = id === undefined ? undefined : deps.upstreams.lease(id);
    running += 1;
    try {
      const path = parseRegistryPath(url.slice(PREFIX.length));
      if (lease === undefined || path?.kind !== 'manifest' || method !== 'GET') {
        throw refusal(404, 'request', 'only a GET of a manifest of an upstream is tried');
      }
      if (running > MOST_AT_ONCE) {
        throw refusal(503, 'request', `${MOST_AT_ONCE} probes run already; try again`);
      }
      const { repository, reference } = path;
      sendJson(response, 200, JSON.stringify(await probe(deps, lease, repository, reference)));
    } catch (error) {
      sendError(response, toRegistryError(error, 'this cache'));
    } finally {
      running -= 1;
      lease?.release();
    }
    return true;
  };
}

async function probe(
  { now }: ProbeDoorDeps,
  { upstream, client }: Lease,
  repository: string,
  reference: string,
): Promise<PullProbe> {
  const sinceMs = now();
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const reply = await (client.withoutPeers ?? client).fetch({
      method: 'HEAD',
      path: `/v2/${repository}/manifests/${reference}`,
      repository,
      headers: { accept: SERVED_TYPES.join(', ') },
      signal: timeout,
    });
    const digest = replyHeader(reply, 'docker-content-digest');
    const told = {
      ...{ status: reply.status, ms: now() - sinceMs },
      ...(digest !== undefined && isDigest(digest) && { digest }),
      ...parseRateLimit(reply.headers),
    };
    if (reply.status < 400) {
      await discard(reply);
      return told;
    }
    return { ...told, error: (await upstreamError(reply, upstream.key, 'manifest')).message };
  } catch (error) {
    const message = timeout.aborted
      ? `${upstream.key} did not answer within ${TIMEOUT_MS / 1000} s`
      : toRegistryError(error, upstream.key).message;
    return { ms: now() - sinceMs, error: message };
  }
}
