import type { OutboundRequest, Reply } from '../../wire/transport/transport.ts';
import type { Login } from '../auth/login.ts';
import type { Health } from '../health/health.ts';
import type { UpstreamRequest } from './upstream-request.ts';

/** The reply of a registry to the login of a client. */
export interface TrialReply {
  readonly reply: Reply;
  /** Whether the login was sent: the registry has asked for one. */
  readonly isProven: boolean;
}

/** The way to one upstream. Its requests fail with a RegistryError and nothing else. */
export interface UpstreamClient {
  readonly health: Health;
  /**
   * Sends a request with credentials, follows redirects and repeats short failures. Any status may
   * come back. The request waits for its turn within the limits; that wait does not count against
   * the timeouts of the upstream.
   * @throws RegistryError 429 if the turn does not come, or the upstream asked for a pause; 503 while
   * its circuit is open or it is offline; 502 or 504 if no answer came; the status of a token service
   * that refused.
   */
  fetch(request: UpstreamRequest): Promise<Reply>;
  /**
   * Sends a request with a client's own login, and with no credentials of ours. Mirrors are not
   * asked, redirects are not followed, and the login is not kept.
   * @throws RegistryError as `fetch`.
   */
  tryLogin(login: Login, request: UpstreamRequest): Promise<TrialReply>;
  /**
   * Sends a client's own request once and unchanged, without a certificate of ours.
   * @throws RegistryError 502 or 504 if no answer came.
   */
  pass(request: OutboundRequest): Promise<Reply>;
  /**
   * Asks a host to which the upstream has redirected before, without Authorization.
   * @throws RegistryError as `fetch`.
   */
  follow(url: URL, request: Omit<UpstreamRequest, 'path' | 'repository'>): Promise<Reply>;
  /**
   * Reports that the answer for this path was wrong. A mirror that gave it is not asked for a while.
   * @returns whether another request may help.
   */
  distrust(path: string): boolean;
  /** The same client for requests of peers, which asks no peer; left out if this asks none. */
  readonly withoutPeers?: UpstreamClient;
  /**
   * Asks the peer that the request belongs to for what it has in its store; left out if this asks
   * no peer. No request to the upstream follows from it.
   * @param refusal the message for what the peer does not have: its status is 403 then.
   * @returns undefined if no peer gives an answer that counts.
   */
  fetchStored?(request: UpstreamRequest, refusal: string): Promise<Reply | undefined>;
  close(): Promise<void>;
}
