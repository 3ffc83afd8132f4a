import { formatSize } from '@registry-cache/domain';
import type { BlobPart } from './plan/parse-manifest.ts';
import type { WarmedImage } from './warm-image.ts';

export interface Totals {
  readonly images: number;
  readonly here: number;
  readonly failed: number;
  /** Each blob counts once, however many images have it. */
  readonly bytes: number;
  readonly newBytes: number;
}

/** Adds images up. */
export class Tally {
  readonly #blobs = new Map<string, number>();
  readonly #missing = new Map<string, number>();
  #images = 0;
  #here = 0;
  #failed = 0;

  add({ status, blobs, missing }: WarmedImage): void {
    this.#images += 1;
    if (status === 'here') this.#here += 1;
    addSizes(this.#blobs, blobs);
    addSizes(this.#missing, missing);
  }

  fail(): void {
    this.#failed += 1;
  }

  totals(): Totals {
    return {
      images: this.#images,
      here: this.#here,
      failed: this.#failed,
      bytes: sum(this.#blobs.values()),
      newBytes: sum(this.#missing.values()),
    };
  }
}

function addSizes(sizes: Map<string, number>, blobs: readonly BlobPart[]): void {
  for (const { digest, sizeBytes } of blobs) sizes.set(digest, sizeBytes);
}

export function sumSizes(blobs: readonly BlobPart[]): number {
  return sum(blobs.map(({ sizeBytes }) => sizeBytes));
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((all, one) => all + one, 0);
}

/** `3 images, 1.2 GiB, of which 800 MiB were fetched; 1 was here, 0 failed` */
export function formatTotals(totals: Totals, isDryRun: boolean): string {
  const { images, here, failed, bytes, newBytes } = totals;
  const fetched = isDryRun ? 'not here' : 'fetched';
  const count = `${images} ${images === 1 ? 'image' : 'images'}`;
  const sizes = `${formatSize(bytes)}, ${formatSize(newBytes)} ${fetched}`;
  return `${count}, ${sizes}; ${here} unchanged, ${failed} failed`;
}
