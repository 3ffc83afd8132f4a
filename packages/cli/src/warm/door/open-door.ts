import { Agent, type IncomingMessage, request } from 'node:http';
import { INTERNAL_HEADERS, OPERATOR_CALLER, type Secret } from '@registry-cache/domain';

export interface DoorOptions {
  /** The socket of egress. */
  readonly socketPath: string;
  readonly bootSecret: Secret;
  readonly signal: AbortSignal;
}

export interface DoorRequest {
  readonly upstreamId: string;
  readonly method: 'GET' | 'HEAD';
  readonly path: string;
  readonly accept?: string;
}

/** Sends one request to egress, as the edge does for a client with all rights. */
export type Door = (request: DoorRequest) => Promise<IncomingMessage>;

/** Egress answers within 23 seconds, or says that the client shall come back. */
const SILENT_MS = 60_000;

/** Requests have no `X-No-Fetch`, so that egress fetches what lacks, by all its rules and limits. */
export function openDoor({ socketPath, bootSecret, signal }: DoorOptions): Door {
  const agent = new Agent({ keepAlive: true });
  signal.addEventListener('abort', () => agent.destroy(), { once: true });
  return ({ upstreamId, method, path, accept }) => {
    const login = Buffer.from(`${upstreamId}:${bootSecret.reveal()}`).toString('base64');
    const headers = {
      authorization: `Basic ${login}`,
      [INTERNAL_HEADERS.caller.key]: OPERATOR_CALLER,
      ...(accept !== undefined && { accept }),
    };
    return new Promise((resolve, reject) => {
      const sent = request({ socketPath, agent, method, path, headers, signal }, resolve);
      sent.setTimeout(SILENT_MS, () => sent.destroy(new Error(`no answer to ${method} ${path}`)));
      sent.on('error', reject).end();
    });
  };
}
