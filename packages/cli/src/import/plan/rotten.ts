/** A blob whose bytes do not match its digest. */
export interface RottenBlob {
  readonly digest: string;
  /** The repositories that name it. */
  readonly repositories: string[];
}

/** Adds a repository that names a rotten blob. */
export function noteRotten(
  rotten: Map<string, RottenBlob>,
  digest: string,
  repository: string,
): void {
  const known = rotten.get(digest);
  if (known === undefined) rotten.set(digest, { digest, repositories: [repository] });
  else if (!known.repositories.includes(repository)) known.repositories.push(repository);
}
