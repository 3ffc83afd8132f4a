import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createFolder, digestOf, TestStore, VERIFY } from '../testing/test-store.ts';
import { verifyBundle } from '../verify/verify-bundle.ts';
import { exportFolder } from '../write/export-folder.ts';
import { exportParts } from '../write/export-parts.ts';
import { readBase } from './read-base.ts';
import { formatReceipt, parseReceipt } from './receipt.ts';

const APP = 'team/app';

it('leaves out the blobs of the bundle before, and of the one before that', async () => {
  const store = new TestStore();
  const [first, second, third] = [createFolder(), createFolder(), createFolder()];
  store.addImage(APP, 'v1', ['base']);
  await exportFolder(first, await store.collect({ [APP]: ['v1'] }), {}, store.run());
  const since = async (bundle: string) => {
    const base = await readBase(bundle);
    return { hasBlob: (digest: string) => base.has(digest) };
  };
  store.addImage(APP, 'v2', ['base', 'second']);
  const v2 = await store.collect({ [APP]: ['v2'] });
  await exportFolder(second, v2, await since(first), store.run());
  store.addImage(APP, 'v3', ['base', 'second', 'third']);
  const v3 = await store.collect({ [APP]: ['v3'] });
  const options = { ...(await since(second)), partBytes: 65_536 };
  await exportParts(third, v3, options, store.run());
  const blob = (dir: string, content: string) =>
    existsSync(join(dir, 'blobs', digestOf(content).replace(':', '/')));
  expect([blob(second, 'base'), blob(second, 'second')]).toEqual([false, true]);
  const { files, left } = JSON.parse(readFileSync(join(third, 'bundle.json'), 'utf8'));
  expect(left.sort()).toEqual([digestOf('base'), digestOf('second')].sort());
  expect(files.map(({ digest }: { digest: string }) => digest)).toContain(digestOf('third'));
  for (const dir of [second, third]) {
    expect((await verifyBundle(dir, VERIFY)).problems).toEqual([]);
  }
});

it('needs only the manifest of the bundle before, with its sum', async () => {
  const store = new TestStore();
  store.addImage(APP, 'v1', ['base']);
  const [dir, kept] = [createFolder(), createFolder()];
  await exportFolder(dir, await store.collect({ [APP]: ['v1'] }), {}, store.run());
  for (const name of ['bundle.json', 'bundle.json.sha256']) {
    copyFileSync(join(dir, name), join(kept, name));
  }
  expect((await readBase(join(kept, 'bundle.json'))).has(digestOf('base'))).toBe(true);
});

it('tells by a receipt what the far side has, in 16 characters a blob', () => {
  const digests = Array.from({ length: 1_000 }, () => digestOf(randomBytes(8)));
  const text = formatReceipt(digests, [digestOf('a bundle')]);
  expect(text.length).toBeLessThan(16_500);
  const receipt = parseReceipt('receipt.json', text);
  expect([receipt.count, receipt.bundles]).toEqual([1_000, [digestOf('a bundle')]]);
  expect(digests.every((digest) => receipt.hasBlob(digest))).toBe(true);
  expect(receipt.hasBlob(digestOf('another'))).toBe(false);
});

it('finds a receipt that was cut or changed', () => {
  const text = formatReceipt([digestOf('a'), digestOf('b')], []);
  expect(() => parseReceipt('receipt.json', text.slice(0, -10))).toThrow('not JSON, or cut');
  const changed = text.replace(
    /"blobs":"(.)/,
    (_, letter) => `"blobs":"${letter === 'A' ? 'B' : 'A'}`,
  );
  expect(() => parseReceipt('receipt.json', changed)).toThrow('the receipt is damaged');
  expect(() => parseReceipt('receipt.json', '{}')).toThrow('mediaType');
});
