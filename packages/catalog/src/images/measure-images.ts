import { toKey } from '../graph/digest-key.ts';
import type { StoredBlob } from './read-images.ts';

/** The sizes of the content that has this number. */
interface MeasuredContent {
  readonly content: number;
  readonly ownBytes: number;
  readonly sharedBytes: number;
}

/**
 * Tells for each content of images how many bytes it alone has, so that they would go with it. Tags
 * of one digest have one content. It holds each blob once, and nothing for a tag.
 */
export class ImageMeasure {
  readonly #first: number;
  /** Numbers of blobs, and their sizes and users by these numbers. */
  readonly #numbers = new Map<string, number>();
  readonly #sizes: number[] = [];
  readonly #users: number[] = [];
  /** The numbers of the blobs of all contents in turn, and where those of each content end. */
  readonly #parts: number[] = [];
  readonly #ends: number[] = [];
  readonly #contentOf = new Map<string, number>();

  /** @param first the number of the first content. */
  constructor(first = 0) {
    this.#first = first;
  }

  /** The number that the next new content gets. */
  get next(): number {
    return this.#first + this.#ends.length;
  }

  /** Counts the content of an image, once for its digest. @returns the number of the content. */
  add(digest: string, blobs: readonly StoredBlob[]): number {
    const key = toKey(digest);
    const known = this.#contentOf.get(key);
    if (known !== undefined) return known;
    const content = this.next;
    this.#contentOf.set(key, content);
    for (const blob of blobs) this.#parts.push(this.#use(blob));
    this.#ends.push(this.#parts.length);
    return content;
  }

  /** The sizes of all contents, in the order of their numbers. */
  *sizes(): Generator<MeasuredContent> {
    let at = 0;
    for (const [index, end] of this.#ends.entries()) {
      let [ownBytes, sharedBytes] = [0, 0];
      for (; at < end; at += 1) {
        const number = this.#parts[at] ?? 0;
        const sizeBytes = this.#sizes[number] ?? 0;
        if (this.#users[number] === 1) ownBytes += sizeBytes;
        else sharedBytes += sizeBytes;
      }
      yield { content: this.#first + index, ownBytes, sharedBytes };
    }
  }

  #use({ digest, sizeBytes }: StoredBlob): number {
    const key = toKey(digest);
    const known = this.#numbers.get(key);
    const number = known ?? this.#sizes.length;
    if (known === undefined) this.#numbers.set(key, number);
    this.#sizes[number] = sizeBytes;
    this.#users[number] = (this.#users[number] ?? 0) + 1;
    return number;
  }
}
