/** The rate limit in an upstream's headers; a member is absent if its header is. */
export interface RateLimit {
  readonly limit?: number;
  readonly remaining?: number;
}

/**
 * Parses `ratelimit-limit: 100;w=21600` (a hundred in six hours) and `ratelimit-remaining`.
 * Source: docs.docker.com, "Docker Hub pull usage and limits".
 */
export function parseRateLimit(headers: Readonly<Record<string, unknown>>): RateLimit {
  const [limit, remaining] = [headers['ratelimit-limit'], headers['ratelimit-remaining']].map(
    (value) => /^\s*(\d+)/.exec(String(value ?? ''))?.[1],
  );
  return {
    ...(limit !== undefined && { limit: Number(limit) }),
    ...(remaining !== undefined && { remaining: Number(remaining) }),
  };
}
