/** One repository of an upstream. The upstream says for each whether it may have a blob. */
export interface RepositoryScope {
  readonly upstreamId: string;
  readonly repository: string;
}

/** A text that is equal for equal scopes only. */
export function scopeKey({ upstreamId, repository }: RepositoryScope): string {
  return `${upstreamId} ${repository}`;
}
