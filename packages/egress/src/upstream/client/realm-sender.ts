import { inSpan, type Spans } from '../../wire/spans.ts';
import type { Transport } from '../../wire/transport/transport.ts';
import { refusePlainRealm } from '../auth/realm-login.ts';
import type { Recipient } from '../auth/recipient.ts';
import type { SendToRealm } from '../auth/token-request.ts';
import type { Hosts } from '../health/hosts.ts';
import { sendFollowing } from './redirect.ts';

export interface RealmSenderDeps {
  /** The origin of the upstream. */
  readonly origin: string;
  readonly transport: Transport;
  readonly hosts: Hosts;
  /** Sets a limit of time. No client's signal ends the work, because clients share the token. */
  readonly withLimit: <T>(work: (signal: AbortSignal) => Promise<T>) => Promise<T>;
  readonly onTokenFetch: (outcome: 'ok' | 'error') => void;
  /** Undefined without tracing. */
  readonly spans: Spans | undefined;
}

/**
 * Sends requests to the token services that a recipient names. A refresh token follows no redirect.
 */
export function realmSender(
  { origin, transport, hosts, withLimit, onTokenFetch, spans }: RealmSenderDeps,
  recipient: Recipient,
): SendToRealm {
  return (request) =>
    withLimit(async (signal) => {
      const { url, method } = request;
      refusePlainRealm(recipient, url);
      // The upstream does not depend on the token service of another registry.
      if (recipient.origin === origin) hosts.need(url);
      const sent = { ...request, signal };
      const asked = inSpan(spans, 'token', {}, () =>
        method === 'POST' ? transport.send(sent) : sendFollowing(transport, sent),
      );
      const reply = await asked.catch((error: unknown) => {
        onTokenFetch('error');
        throw error;
      });
      onTokenFetch(reply.status === 200 ? 'ok' : 'error');
      return reply;
    });
}
