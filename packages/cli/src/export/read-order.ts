import { text } from 'node:stream/consumers';
import { parseReceipt } from '@registry-cache/bundle';
import { parseJson } from '@registry-cache/runtime';
import { z } from 'zod';
import type { ListedReference } from './read-list.ts';

/** What the admin worker writes to standard input. */
const ORDER = z.strictObject({ images: z.array(z.string()), receipts: z.array(z.string()) });

export interface Order {
  readonly references: readonly ListedReference[];
  /** Whether the far side has a blob, by one of the receipts. */
  readonly hasBlob: (digest: string) => boolean;
}

/** @throws BundleError for a text that is no receipt. */
export async function readOrder(): Promise<Order> {
  const { images, receipts } = parseJson(await text(process.stdin), ORDER);
  const parsed = receipts.map((receipt) => parseReceipt('receipt', receipt));
  return {
    references: images.map((image) => ({ path: 'images', text: image })),
    hasBlob: (digest) => parsed.some((receipt) => receipt.hasBlob(digest)),
  };
}
