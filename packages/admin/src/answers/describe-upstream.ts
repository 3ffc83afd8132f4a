import type { UpstreamState } from '@registry-cache/domain';
import type { Upstream } from '../contract/upstream.ts';
import { formatTime } from './format-time.ts';

export function describeUpstream(upstream: UpstreamState): Upstream {
  const { name, state, sinceMs, reason, rateLimit } = upstream;
  const { toldMs = 0, ...limits } = rateLimit ?? {};
  return {
    ...{ name, state, since: formatTime(sinceMs) },
    ...(reason !== undefined && { reason }),
    ...(rateLimit !== undefined && { rateLimit: { ...limits, told: formatTime(toldMs) } }),
  };
}
