import type { RequestAnswer } from '@registry-cache/admin';
import { formatSize } from '@registry-cache/domain';

/** One request, from its arrival to what took the time. */
export function formatRequest(request: RequestAnswer): string[] {
  const { time, id, method, kind, image, who, way, status, outcome, code, reason } = request;
  const { ms, firstByteMs, bytes, slow, fetch, sameId } = request;
  return [
    `request ${id} at ${time}`,
    ...(sameId === undefined
      ? []
      : [`the last of ${sameId} requests with this id; registry-cache misses lists them`]),
    `${method} of the ${kind} ${image}, by ${who}, way ${way === '' ? '-' : way}`,
    `answer ${status}, ${outcome}: ${formatSize(bytes)} in ${ms}ms, first byte after ${firstByteMs}ms`,
    `why ${code}: ${reason}`,
    ...(fetch === undefined ? [] : [formatFetch(fetch)]),
    ...(slow === undefined ? [] : [`slow: ${slow}`]),
  ];
}

function formatFetch(fetch: NonNullable<RequestAnswer['fetch']>): string {
  const { from, since, ms, firstByteMs, waited, outcome, error } = fetch;
  const first = firstByteMs === undefined ? '' : `, first byte after ${firstByteMs}ms`;
  const why = error === undefined ? '' : `: ${error}`;
  return `fetch from ${from} since ${since}: ${ms}ms${first}, ${waited} waited, ${outcome}${why}`;
}
