import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Secret } from '@registry-cache/domain';
import type { Upstreams } from '../../upstream/client/upstreams.ts';
import { RegistryError } from '../../wire/errors/registry-error.ts';
import { callerUpstream } from './boot-auth.ts';
import { sendError, sendText } from './respond.ts';
import { type ServeParts, serve } from './serve.ts';

export interface DoorParts extends ServeParts {
  /** Brings the upstreams up to date if their file has changed. */
  readonly refresh: () => Promise<void>;
  readonly bootSecret: () => Promise<Secret>;
  readonly upstreams: Upstreams;
}

/** Answers one request of an engine, or of the hot lane, which can send files of the store. */
export type Door = (
  request: IncomingMessage,
  response: ServerResponse,
  takesFiles: boolean,
) => Promise<void>;

/** Who holds the boot secret may ask; `/v2/` is answered here, the rest by the caller's upstream. */
export function createDoor(parts: DoorParts): Door {
  return async (request, response, takesFiles) => {
    const id = callerUpstream(request, await parts.bootSecret());
    if (id === undefined) return sendError(response, challenge());
    if (request.url === '/v2/' || request.url === '/v2') {
      return sendText(response, 200, '{}', { 'content-type': 'application/json' });
    }
    await parts.refresh();
    const lease = parts.upstreams.lease(id);
    if (lease === undefined) return sendError(response, unknownUpstream(id));
    try {
      await serve(parts, lease, request, response, takesFiles);
    } finally {
      lease.release();
    }
  };
}

/** distribution sends its credentials only where it has seen a challenge on `/v2/`. */
function challenge(): RegistryError {
  return new RegistryError({
    status: 401,
    code: 'UNAUTHORIZED',
    message: 'egress answers only callers that hold the boot secret',
    phase: 'boot-secret',
    headers: { 'www-authenticate': 'Basic realm="registry-cache egress"' },
  });
}

function unknownUpstream(id: string): RegistryError {
  const message = `no upstream has the id ${JSON.stringify(id)}`;
  return new RegistryError({ status: 404, code: 'NAME_UNKNOWN', message, phase: 'request' });
}
