import type { IncomingMessage, ServerResponse } from 'node:http';
import { INTERNAL_HEADERS, type Secret } from '@registry-cache/domain';
import type { Upstreams } from '../../upstream/client/upstreams.ts';
import { isAsker } from '../../upstream/peers/asker.ts';
import { callerUpstream } from './boot-auth.ts';
import { isFromPeer } from './read-request.ts';
import { refusal } from './refusal.ts';
import { sendError, sendJson } from './respond.ts';
import { type ServeDeps, serve } from './serve.ts';

export interface AuthenticatedHandlerDeps extends ServeDeps {
  /** Reads the options again if their file has changed. */
  readonly refresh: () => Promise<void>;
  readonly bootSecret: () => Promise<Secret>;
  readonly upstreams: Upstreams;
  /** The random id of this egress, by which it knows its own questions to peers. */
  readonly egressId: string;
  /** For requests of peers. */
  readonly forPeers: ServeDeps;
}

/**
 * Answers one request of an engine or of the hot lane.
 * @param canSendfile whether the caller is the hot lane, which sends stored files itself.
 */
export type AuthenticatedHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  canSendfile: boolean,
) => Promise<void>;

/**
 * A handler for callers that hold the boot secret. It answers `/v2/` itself, and other paths by the
 * caller's upstream.
 */
export function createAuthenticatedHandler(deps: AuthenticatedHandlerDeps): AuthenticatedHandler {
  return async (request, response, canSendfile) => {
    const id = callerUpstream(request, await deps.bootSecret());
    if (id === undefined) return sendError(response, challenge());
    const isForPeers = canSendfile && isFromPeer(request);
    if (isForPeers && isAsker(request.headers, deps.egressId)) {
      return sendError(response, ownQuestion(deps.egressId));
    }
    if (request.url === '/v2/' || request.url === '/v2') {
      return sendJson(response, 200, '{}');
    }
    await deps.refresh();
    const lease = deps.upstreams.lease(id);
    if (lease === undefined)
      return sendError(
        response,
        // A peer takes 404 for the upstream's answer.
        refusal(isForPeers ? 421 : 404, 'request', `no upstream has the id ${JSON.stringify(id)}`),
      );
    try {
      await serve(isForPeers ? deps.forPeers : deps, lease, request, response, canSendfile);
    } finally {
      lease.release();
    }
  };
}

/** The answer by which egress learns that the blob it asks for belongs to itself. */
function ownQuestion(egressId: string) {
  return refusal(421, 'request', 'the replica that asks is the owner', {
    [INTERNAL_HEADERS.asker.key]: egressId,
  });
}

/** distribution sends its credentials only after a challenge on `/v2/`. */
function challenge() {
  return refusal(401, 'boot-secret', 'egress answers only callers that hold the boot secret', {
    'www-authenticate': 'Basic realm="registry-cache egress"',
  });
}
