import { asObject, parseObject } from '@registry-cache/domain';
import { createBoundedMap } from '@registry-cache/runtime';

/** A digest and its subject take about 300 bytes. */
const CAPACITY = 20_000;
const NONE = '';

/**
 * Remembers which manifest each manifest refers to. A digest always names the same bytes, so each
 * manifest is read once.
 */
export class SubjectMemory {
  readonly #subjects = createBoundedMap<string, string>(CAPACITY);

  /**
   * Whether a manifest refers to `subject`.
   * @param read the manifest's bytes; undefined if they are not here.
   */
  async refersTo(
    digest: string,
    subject: string,
    read: () => Promise<Uint8Array | undefined>,
  ): Promise<boolean> {
    const known = this.#subjects.get(digest);
    if (known !== undefined) return known === subject;
    const bytes = await read();
    if (bytes === undefined) return false;
    const named = asObject(parseObject(bytes).subject).digest;
    this.#subjects.set(digest, typeof named === 'string' ? named : NONE);
    return named === subject;
  }
}
