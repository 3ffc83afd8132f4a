import type { Reply } from '../transport/transport.ts';

export type ResponseHeaders = Record<string, string>;

/** Headers of the upstream that clients get. Others (cookies, challenges, links, …) stay here. */
const PASSED: readonly (string | RegExp)[] = [
  'content-type',
  'content-length',
  'docker-content-digest',
  'etag',
  'content-range',
  'accept-ranges',
  'retry-after',
  'oci-filters-applied',
  /^ratelimit-/,
  'docker-ratelimit-source',
];

export function responseHeaders(reply: Reply): ResponseHeaders {
  return pickHeaders(reply, PASSED);
}

/** The headers of a reply whose lower-case names match a rule. */
export function pickHeaders(reply: Reply, names: readonly (string | RegExp)[]): ResponseHeaders {
  const picked: ResponseHeaders = {};
  for (const [name, value] of Object.entries(reply.headers)) {
    const wanted = names.some((rule) =>
      typeof rule === 'string' ? rule === name : rule.test(name),
    );
    if (wanted && value !== undefined)
      picked[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return picked;
}
