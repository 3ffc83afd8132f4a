import { type EgressTimeouts, parseDuration, unwrap } from '@registry-cache/domain';
import type { TimeoutPolicy } from '../policy/timeouts.ts';
import type { Settings } from '../settings/table.ts';

type TimeoutOptions = Pick<
  Settings,
  | 'EGRESS_CONNECT_TIMEOUT'
  | 'EGRESS_HEADERS_TIMEOUT'
  | 'EGRESS_BLOB_HEADERS_TIMEOUT'
  | 'EGRESS_IDLE_TIMEOUT'
>;

/** How long an upstream may take: by its policy, and by the settings for the rest. */
export function buildTimeouts(
  settings: TimeoutOptions,
  policy: TimeoutPolicy = {},
): EgressTimeouts {
  const choose = (text: string | undefined, ms: number) =>
    text === undefined ? ms : unwrap(parseDuration('timeouts', text));
  return {
    connectMs: choose(policy.connect, settings.EGRESS_CONNECT_TIMEOUT),
    headersMs: choose(policy.headers, settings.EGRESS_HEADERS_TIMEOUT),
    blobHeadersMs: choose(policy.blobHeaders, settings.EGRESS_BLOB_HEADERS_TIMEOUT),
    idleMs: choose(policy.idle, settings.EGRESS_IDLE_TIMEOUT),
  };
}
