/** More than a build farm of one user sends at once. An upload takes three inodes. */
export const MOST_UPLOADS = 1_000;

/**
 * The uploads of each user that have not ended, so that nobody begins them without end. Uploads from
 * before a restart are not counted.
 */
export class BegunUploads {
  readonly #ofUser = new Map<string, Set<string | symbol>>();
  readonly #userOf = new Map<string, string>();

  countOf(user: string): number {
    return this.#ofUser.get(user)?.size ?? 0;
  }

  /**
   * Begins an upload, unless the user has too many.
   * @param open begins it, and gives its id.
   * @returns the id; undefined where it was not begun.
   */
  async begin(user: string, open: () => Promise<string>): Promise<string | undefined> {
    if (this.countOf(user) >= MOST_UPLOADS) return undefined;
    const mine = this.#ofUser.get(user) ?? new Set();
    this.#ofUser.set(user, mine);
    // Requests at the same time count before their uploads have an id.
    const place = Symbol(user);
    mine.add(place);
    try {
      const id = await open();
      mine.add(id);
      this.#userOf.set(id, user);
      return id;
    } finally {
      this.#drop(user, place);
    }
  }

  /** The upload has become a blob, or was dropped. */
  end(id: string): void {
    const user = this.#userOf.get(id);
    if (user === undefined) return;
    this.#userOf.delete(id);
    this.#drop(user, id);
  }

  #drop(user: string, upload: string | symbol): void {
    const all = this.#ofUser.get(user);
    all?.delete(upload);
    if (all?.size === 0) this.#ofUser.delete(user);
  }
}
