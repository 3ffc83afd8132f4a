/** The digests of one repository are forgotten from the oldest on, beyond this number. */
const MAX_SEEN = 5_000;
/** An entry of the map: a tag, a digest and a number. */
const ENTRY_BYTES = 250;

/** When the digests of one repository were first seen, under each of their tags. */
export class FirstSeen {
  readonly times: Map<string, number>;

  constructor(times: Map<string, number>) {
    this.times = times;
  }

  get sizeBytes(): number {
    return this.times.size * ENTRY_BYTES;
  }

  /**
   * When a digest was first seen under a tag; without a tag, under any of them or as itself.
   * Undefined if never. Milliseconds since the epoch.
   */
  find(tag: string | undefined, digest: string): number | undefined {
    if (tag !== undefined) return this.times.get(keyOf(tag, digest));
    const ends = `@${digest}`;
    const times = [...this.times].flatMap(([key, atMs]) => (key.endsWith(ends) ? [atMs] : []));
    return times.length === 0 ? undefined : Math.min(...times);
  }

  note(tag: string | undefined, digest: string, atMs: number): void {
    this.times.set(keyOf(tag ?? '', digest), atMs);
    if (this.times.size <= MAX_SEEN) return;
    const [oldest] = this.times.keys();
    if (oldest !== undefined) this.times.delete(oldest);
  }
}

function keyOf(tag: string, digest: string): string {
  return `${tag}@${digest}`;
}
