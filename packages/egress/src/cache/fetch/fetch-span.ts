import { inSpan, type Span, type Spans } from '../../wire/spans.ts';
import type { BlobToFetch } from './blob-to-fetch.ts';
import type { FetchEnd } from './fetch-deps.ts';

/** Runs a fetch in a span, which belongs to the request that begins it and may outlive that. */
export function fetchInSpan(
  spans: Spans | undefined,
  { digest, scope }: Pick<BlobToFetch, 'digest' | 'scope'>,
  work: (span?: Span) => Promise<void>,
): Promise<void> {
  if (spans === undefined) return work();
  const attributes = {
    'registry_cache.digest': digest,
    'registry_cache.repository': scope.repository,
  };
  return inSpan(spans, 'fetch blob', attributes, work);
}

/** Tells the result of a fetch in its span. */
export function noteFetchEnd(span: Span | undefined, { outcome, facts, cause }: FetchEnd): void {
  if (span === undefined) return;
  span.set({
    'registry_cache.outcome': outcome,
    'registry_cache.bytes': facts.bytes,
    'registry_cache.readers': facts.mostReaders,
    'registry_cache.from': facts.from,
  });
  if (cause !== undefined) span.fail(cause);
}
