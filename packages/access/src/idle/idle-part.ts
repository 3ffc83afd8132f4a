/** A part of a policy that counts for nothing. */
export interface IdlePart {
  /** Below `access`: `rules[2].users[0]`. */
  readonly path: string;
  /** Its value. */
  readonly found: string;
  /** What it counts for, and why: `nobody: access.groups has no such group`. */
  readonly taken: string;
}
