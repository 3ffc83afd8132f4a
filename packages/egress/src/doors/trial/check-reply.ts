import type { RegistryPath } from '@registry-cache/domain';
import type { TrialReply } from '../../upstream/client/upstream-client.ts';
import { upstreamError } from '../../upstream/errors/upstream-error.ts';
import { badUpstreamReply } from '../../wire/errors/registry-error.ts';
import { discard, replyHeader } from '../../wire/transport/reply.ts';

/**
 * Accepts the reply of a registry that lets a login pull. A redirect counts where the login was asked
 * for and sent: storage is behind it. Without a login sent, it may lead to where logins are checked.
 * @throws RegistryError for all other replies.
 */
export async function checkReply(
  { reply, isProven }: TrialReply,
  key: string,
  kind: RegistryPath['kind'],
): Promise<void> {
  const { status } = reply;
  if (status >= 400) throw await upstreamError(reply, key, kind);
  await discard(reply);
  if (/^text\/html\b/i.test(replyHeader(reply, 'content-type') ?? '')) {
    const message = `${key} answered the trial of a login with an HTML page: a portal may stand in between`;
    throw badUpstreamReply('page', message);
  }
  const isYes = status < 300 || (isProven && [302, 303, 307, 308].includes(status));
  if (isYes) return;
  const message = `${key} answered the trial of a login with ${status}, which says neither yes nor no`;
  throw badUpstreamReply('headers', message);
}
