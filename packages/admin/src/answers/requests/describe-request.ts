import { withReference } from '@registry-cache/domain';
import { findReason, findSlowness } from '@registry-cache/explain';
import type { PastRequest } from '@registry-cache/history';
import type { MissesAnswer, RequestAnswer } from '../../contract/requests.ts';
import { nameRepository, registryOf } from '../../sources/name-repository.ts';
import { formatTime } from '../format-time.ts';

/** A request with its reason, as a list has it. */
export function describeMiss(past: PastRequest): MissesAnswer['misses'][number] {
  const { atMs, request: id, upstream, kind, status, ms, firstByteMs } = past;
  const { code, text: reason } = findReason(past);
  return {
    ...{ time: formatTime(atMs), id, image: imageOf(past), kind, upstream, status },
    ...{ ms, firstByteMs, code, reason },
  };
}

/** The same with all that is known of it. */
export function describeRequest(past: PastRequest): RequestAnswer {
  const { method, outcome, bytes, who, way, fetch } = past;
  const slow = findSlowness(past);
  return {
    ...describeMiss(past),
    ...{ method, outcome, bytes, who, way },
    ...(slow !== undefined && { slow }),
    ...(fetch !== undefined && { fetch: describeFetch(fetch) }),
  };
}

/** The name that people write. */
function imageOf({ upstream, repository, kind, reference }: PastRequest): string {
  const name = nameRepository(registryOf(upstream), repository);
  // The list of all tags is no tag itself.
  return reference === '' || kind === 'tags' ? name : withReference(name, reference);
}

function describeFetch(fetch: NonNullable<PastRequest['fetch']>): RequestAnswer['fetch'] {
  const { source: from, sinceMs, endedMs, firstByteMs, readers: waited, outcome, error } = fetch;
  return {
    ...{ from, since: formatTime(sinceMs), ms: endedMs - sinceMs, waited, outcome },
    ...(firstByteMs !== null && { firstByteMs }),
    ...(error !== null && { error }),
  };
}
