import type { StoredImage } from './read-images.ts';

/** An image with the sizes of what it alone has and of what others have too. */
export interface MeasuredImage extends Omit<StoredImage, 'blobs'> {
  readonly ownBytes: number;
  readonly sharedBytes: number;
}

/**
 * Tells for each image how many bytes it alone has, so that they would go with it. Tags of one
 * digest are one image.
 */
export class ImageMeasure {
  readonly #images: (Omit<StoredImage, 'blobs'> & { readonly content: number })[] = [];
  /** Numbers of blobs, and their sizes and users by these numbers. */
  readonly #numbers = new Map<string, number>();
  readonly #sizes: number[] = [];
  readonly #users: number[] = [];
  /** The content of each digest, as numbers of blobs. */
  readonly #contents: Uint32Array[] = [];
  readonly #contentOf = new Map<string, number>();

  add({ blobs, ...image }: StoredImage): void {
    let content = this.#contentOf.get(image.digest);
    if (content === undefined) {
      content = this.#contents.length;
      this.#contentOf.set(image.digest, content);
      this.#contents.push(
        Uint32Array.from(blobs, ({ digest, sizeBytes }) => this.#use(digest, sizeBytes)),
      );
    }
    this.#images.push({ ...image, content });
  }

  *list(): Generator<MeasuredImage> {
    for (const { content, ...image } of this.#images) {
      let [ownBytes, sharedBytes] = [0, 0];
      for (const number of this.#contents[content] ?? []) {
        const sizeBytes = this.#sizes[number] ?? 0;
        if (this.#users[number] === 1) ownBytes += sizeBytes;
        else sharedBytes += sizeBytes;
      }
      yield { ...image, ownBytes, sharedBytes };
    }
  }

  #use(digest: string, sizeBytes: number): number {
    const known = this.#numbers.get(digest);
    const number = known ?? this.#sizes.length;
    this.#numbers.set(digest, number);
    this.#sizes[number] = sizeBytes;
    this.#users[number] = (this.#users[number] ?? 0) + 1;
    return number;
  }
}
