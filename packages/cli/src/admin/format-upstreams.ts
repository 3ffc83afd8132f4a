import type { Upstream, UpstreamsAnswer } from '@registry-cache/admin';
import { formatColumns } from './format-columns.ts';
import { formatTime } from './format-time.ts';

/** The states now, and the outages of the last day. */
export function formatUpstreams({ upstreams, outages }: UpstreamsAnswer): string[] {
  const rows = outages.toReversed().map(({ upstream, since, ended, reason }) => {
    return [upstream, formatTime(since), ended === undefined ? '' : formatTime(ended), reason];
  });
  return [
    ...(outages.length === 0
      ? ['no outages in the last day']
      : formatColumns(['OUTAGE OF', 'FROM', 'TO', 'REASON'], rows)),
    '',
    ...(upstreams === undefined ? ['egress is away'] : formatStates(upstreams)),
  ];
}

export function formatStates(upstreams: readonly Upstream[]): string[] {
  const rows = upstreams.map(({ name, state, since, rateLimit, reason = '' }) => {
    return [name, state, formatTime(since), formatRateLimit(rateLimit), reason];
  });
  return formatColumns(['UPSTREAM', 'STATE', 'SINCE', 'RATE LIMIT', 'REASON'], rows);
}

function formatRateLimit(rateLimit: Upstream['rateLimit']): string {
  if (rateLimit === undefined) return '';
  const { remaining = '?', limit = '?' } = rateLimit;
  return `${remaining} of ${limit}`;
}
