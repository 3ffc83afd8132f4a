import { Secret } from '@registry-cache/domain';
import { CloudError, plainCode } from '../cloud-error.ts';
import type { CloudDeps, FreshLogin } from '../cloud-login.ts';
import { type CloudReply, leftUntil, noting, parseMembers, skewOf, withRetries } from '../send.ts';
import { openClient } from './open-client.ts';
import { openTransport } from './transport.ts';

/** Registries of Google take an access token as the password of this user. */
const USERNAME = 'oauth2accesstoken';
const DEFAULT_LIFETIME_MS = 300_000;
/** Google accepts clocks that differ by less. */
const SKEW_MS = 30_000;

/**
 * An access token of the identity of this machine or workload. The files that it comes from are read
 * anew each time.
 * @throws CloudError
 */
export async function fetchGoogleLogin(deps: CloudDeps, signal: AbortSignal): Promise<FreshLogin> {
  const { send, last } = noting((request) => {
    // Metadata services have plain http. The rest of the world is behind the site's proxy.
    const way = request.url.protocol === 'http:' ? deps.sendInside : deps.sendOut;
    return withRetries(way)(request, signal);
  });
  try {
    const client = await openClient(deps, openTransport(send));
    const { token } = await client.getAccessToken().catch((error: unknown) => {
      const skewMs = skewOf(last());
      if (client.withClock === undefined || Math.abs(skewMs) < SKEW_MS) throw error;
      return client.withClock(skewMs).getAccessToken();
    });
    if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) {
      throw new CloudError('google', 'an answer has no access token');
    }
    return {
      login: { kind: 'basic', username: USERNAME, password: new Secret(token) },
      lifetimeMs: lifetimeOf(last()),
    };
  } catch (error) {
    throw describe(error, last());
  }
}

/** By the last answer: `expires_in`, or `expireTime` of an impersonated service account. */
function lifetimeOf(reply: CloudReply | undefined): number {
  const { expires_in, expireTime } = parseMembers(reply?.body ?? '');
  if (typeof expires_in === 'number' && expires_in > 0) return expires_in * 1000;
  const endsAt = typeof expireTime === 'string' ? Date.parse(expireTime) : Number.NaN;
  const leftMs = leftUntil(endsAt, reply);
  return leftMs > 0 ? leftMs : DEFAULT_LIFETIME_MS;
}

function describe(error: unknown, reply: CloudReply | undefined): CloudError {
  if (error instanceof CloudError) return error;
  if (reply === undefined) {
    const code = plainCode((error as { code?: unknown }).code);
    const reason = `no service answered${code === undefined ? '' : ` (${code})`}`;
    return new CloudError('google', reason);
  }
  if (reply.status < 400) {
    return new CloudError('google', 'a service answered with something else than a token');
  }
  const code = plainCode(parseMembers(reply.body).error);
  const reason = `a service answered ${reply.status}${code === undefined ? '' : ` ${code}`}`;
  return new CloudError('google', reason);
}
