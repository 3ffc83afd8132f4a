import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { formatReceipt } from '@registry-cache/bundle';
import { blobsDir, importedBundlesDir, isDigest } from '@registry-cache/domain';
import { orMissing } from '@registry-cache/runtime';
import type { Command } from 'commander';
import { isElsewhere } from '../admin/admin-place.ts';
import { askHere } from '../admin/ask-here.ts';
import { becomeRunUser } from '../become-run-user.ts';
import { readSettings } from '../inputs.ts';
import { storeBlobSize } from '../store-blob-size.ts';

export function addReceipt(program: Command): void {
  program
    .command('receipt')
    .description('Prints what this cache has, compact, for `export --against` on the other side.')
    .action(receipt);
}

async function receipt(): Promise<void> {
  if (isElsewhere()) {
    process.stdout.write((await askHere('receipt', {})).receipt);
    return;
  }
  const { REGISTRYDIR: root } = readSettings();
  await becomeRunUser();
  const digests: string[] = [];
  for (const algorithm of ['sha256', 'sha512']) {
    for (const start of await names(join(blobsDir(root), algorithm))) {
      for (const hex of await names(join(blobsDir(root), algorithm, start))) {
        const digest = `${algorithm}:${hex}`;
        if (isDigest(digest) && storeBlobSize(root, digest)) digests.push(digest);
      }
    }
  }
  const bundles = (await names(importedBundlesDir(root)))
    .map((name) => name.replace('-', ':'))
    .filter(isDigest);
  process.stdout.write(formatReceipt(digests, bundles));
}

/** None in a missing folder. */
async function names(folder: string): Promise<readonly string[]> {
  return (await orMissing(readdir(folder))) ?? [];
}
