import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { imagesFile } from '@registry-cache/domain';
import { expect, it } from 'vitest';
import { askImages, readWalk } from './answers/images.ts';
import { askPulls } from './answers/pulls.ts';
import type { History } from './history.ts';
import { ListingWriter } from './listing/listing-writer.ts';
import { listImages, NOW_MS, type SizedImage, TestLogs } from './testing/open-history.ts';

const IMAGE = { upstream: 'quay.io', repository: 'team/app' };

function makeImages(count: number, prefix = 'v'): SizedImage[] {
  return Array.from({ length: count }, (_, index): SizedImage => {
    const tag = `${prefix}${index}`;
    const digest = `sha256:${String(index).padStart(64, '0')}`;
    const content = { digest, platforms: ['linux/amd64'], ownBytes: index, sharedBytes: 0 };
    return { ...IMAGE, name: `quay.io/team/app:${tag}`, tag, ...content, checkedMs: null };
  });
}

const countImages = async (history: History) => {
  const none = { total: -1, images: [] };
  const wanted = { pattern: '', limit: 1 };
  return (await history.ask((database) => askImages(database, wanted), none)).total;
};

const countPulls = async (history: History) => {
  const pulls = await history.ask((database) => askPulls(database, IMAGE, 100_000), []);
  return pulls.length;
};

const messagesOf = ({ warnings }: TestLogs) => warnings.map((args) => (args as unknown[])[1]);

/** A history that is more than half full, so that any more room would push rows out. */
function openHalfFull(logs: TestLogs): { readonly history: History; readonly pulls: number } {
  const pulls = 2000;
  const references = Array.from({ length: pulls }, (_, index) => `${index}-${'x'.repeat(60)}`);
  logs.answer(...references.map((reference) => ({ reference })));
  return { history: logs.open(640 * 1024), pulls };
}

it('lists more images than the history has room for, and keeps the history', async () => {
  const logs = new TestLogs();
  const { history, pulls } = openHalfFull(logs);
  for (let walk = 1; walk <= 3; walk += 1) {
    await listImages(history, makeImages(5000), NOW_MS + walk);
  }
  expect(await countImages(history)).toBe(5000);
  expect(await countPulls(history)).toBe(pulls);
  expect(await history.ask(readWalk, undefined)).toEqual({ atMs: NOW_MS + 3, unlisted: 0 });
  // The listing outlives a restart.
  expect(await countImages(logs.open())).toBe(5000);
  expect(logs.warnings).toEqual([]);
});

it('tells the sizes of images, the largest first', async () => {
  const logs = new TestLogs();
  const history = logs.open();
  await listImages(history, makeImages(30), NOW_MS);
  const wanted = { pattern: '', limit: 2, sort: 'size' } as const;
  const none = { total: 0, images: [] };
  const { images } = await history.ask((database) => askImages(database, wanted), none);
  const [first, second] = makeImages(30).slice(-2).reverse();
  expect(images).toEqual([
    { ...first, pulledMs: null, goneMs: null },
    { ...second, pulledMs: null, goneMs: null },
  ]);
});

it('lets others work while it writes, and answers by the last listing until it ends', async () => {
  const logs = new TestLogs();
  const history = logs.open();
  await listImages(history, makeImages(20), NOW_MS);
  let turns = 0;
  let isWriting = true;
  const others = async () => {
    for (; isWriting; turns += 1) await turn();
  };
  const counting = others();
  using listing = await history.openListing();
  const added = makeImages(5000, 'w');
  for (const [content, image] of added.entries()) await listing.add({ ...image, content });
  const turnsOfImages = turns;
  expect(turnsOfImages).toBeGreaterThanOrEqual(9);
  logs.answer({});
  expect([await countPulls(history), await countImages(history)]).toEqual([1, 20]);
  turns = 0;
  await listing.end(
    added.map(({ ownBytes, sharedBytes }, content) => ({ content, ownBytes, sharedBytes })),
    NOW_MS + 1,
  );
  isWriting = false;
  await counting;
  expect(turns).toBeGreaterThanOrEqual(9);
  expect(await countImages(history)).toBe(5000);
  expect(logs.warnings).toEqual([]);
});

it('leaves nothing of a listing that is given up', async () => {
  const logs = new TestLogs();
  const history = logs.open();
  await listImages(history, makeImages(20), NOW_MS);
  {
    using listing = await history.openListing();
    for (const [content, image] of makeImages(5000).entries()) {
      await listing.add({ ...image, content });
    }
    expect(existsSync(`${imagesFile(logs.root)}.new`)).toBe(true);
  }
  expect(existsSync(`${imagesFile(logs.root)}.new`)).toBe(false);
  expect(await countImages(history)).toBe(20);
});

it.each<[string, (file: string) => void, (image: SizedImage) => object, RegExp]>([
  ['cannot be begun', (file) => mkdirSync(`${file}.new`), (image) => image, /new is a folder/],
  ['fails in the middle', () => undefined, () => ({ name: { not: 'a text' } }), /last one stays/],
])('stays as it was where a new one %s, and says so once', async (_, harm, change, said) => {
  const logs = new TestLogs();
  const { history, pulls } = openHalfFull(logs);
  await listImages(history, makeImages(20), NOW_MS);
  harm(imagesFile(logs.root));
  const images = makeImages(5000).map((image, index) => {
    return (index === 4000 ? { ...image, ...change(image) } : image) as SizedImage;
  });
  for (let walk = 1; walk <= 3; walk += 1) await listImages(history, images, NOW_MS + walk);
  expect(await countImages(history)).toBe(20);
  expect(await history.ask(readWalk, undefined)).toEqual({ atMs: NOW_MS, unlisted: 0 });
  expect(await countPulls(history)).toBe(pulls);
  expect(messagesOf(logs)).toEqual([expect.stringMatching(said)]);
  rmSync(`${imagesFile(logs.root)}.new`, { recursive: true, force: true });
  await listImages(history, makeImages(5000), NOW_MS + 4);
  expect(await countImages(history)).toBe(5000);
});

it('counts images that are too many', async () => {
  const logs = new TestLogs();
  const history = logs.open();
  await history.catchUp();
  const list = (maxCharacters?: number) =>
    listImages(
      {
        openListing: async () =>
          new ListingWriter(logs.root, {
            onEnd: (error) => expect(error).toBeUndefined(),
            ...(maxCharacters !== undefined && { maxCharacters }),
          }),
      },
      makeImages(100),
      NOW_MS,
    );
  await list(5000);
  const total = await countImages(history);
  expect(total).toBeGreaterThan(20);
  expect(await history.ask(readWalk, undefined)).toEqual({ atMs: NOW_MS, unlisted: 100 - total });
  await list();
  expect(await history.ask(readWalk, undefined)).toEqual({ atMs: NOW_MS, unlisted: 0 });
});

it.each([
  ['open', async () => undefined],
  ['closed', (history: History) => history.close()],
])('a listing that is damaged while it is %s costs no history', async (_, before) => {
  const logs = new TestLogs();
  const { history, pulls } = openHalfFull(logs);
  await listImages(history, makeImages(20), NOW_MS);
  logs.answer({ reference: 'last' });
  await history.catchUp();
  await before(history);
  // What the history has counted is no longer in a log.
  writeFileSync(logs.accessLog, '');
  writeFileSync(imagesFile(logs.root), 'x'.repeat(10_000));
  await expect.poll(() => countImages(history)).toBe(0);
  expect(await countPulls(history)).toBe(pulls + 1);
  expect(logs.warnings).toHaveLength(1);
  await listImages(history, makeImages(20, 'w'), NOW_MS);
  expect(await countImages(history)).toBe(20);
});

it('a listing with a damaged page costs no history, and is made anew', async () => {
  const logs = new TestLogs();
  const { history, pulls } = openHalfFull(logs);
  await listImages(history, makeImages(5000), NOW_MS);
  expect(await countImages(history)).toBe(5000);
  await history.close();
  writeFileSync(logs.accessLog, '');
  const file = imagesFile(logs.root);
  const handle = openSync(file, 'r+');
  // The first page, which has the names of the tables, is good.
  writeSync(handle, Buffer.alloc(statSync(file).size - 4096, 0xff), 0, undefined, 4096);
  closeSync(handle);
  await expect.poll(() => countImages(history)).toBe(0);
  expect(await countPulls(history)).toBe(pulls);
  expect(history.isWell).toBe(true);
  expect(messagesOf(logs)).toEqual([
    'the listing of images is damaged and is removed; the next question for it makes it anew. The history is not harmed',
  ]);
  await listImages(history, makeImages(20), NOW_MS);
  expect(await countImages(history)).toBe(20);
});

it('a listing that cannot be opened costs no history, and is said once', async () => {
  const logs = new TestLogs();
  const file = imagesFile(logs.root);
  mkdirSync(file, { recursive: true });
  const { history, pulls } = openHalfFull(logs);
  expect(await countPulls(history)).toBe(pulls);
  expect(history.isWell).toBe(true);
  for (let walk = 0; walk < 3; walk += 1) {
    await listImages(history, makeImages(20), NOW_MS);
    expect(await countImages(history)).toBe(0);
  }
  logs.answer({ reference: 'last' });
  expect(await countPulls(history)).toBe(pulls + 1);
  expect(messagesOf(logs)).toEqual([
    `${file} is a folder in the place of the listing of images: remove it. The history is not harmed`,
  ]);
  rmSync(file, { recursive: true });
  await listImages(history, makeImages(20), NOW_MS);
  expect(await countImages(history)).toBe(20);
});

it('makes a listing anew that has lost a table, and keeps the history', async () => {
  const logs = new TestLogs();
  const { history, pulls } = openHalfFull(logs);
  await listImages(history, makeImages(20), NOW_MS);
  await history.ask((database) => database.exec('DROP TABLE listing.walk'), undefined);
  const other = logs.open();
  expect(await countImages(other)).toBe(0);
  expect(await countPulls(other)).toBe(pulls);
  await listImages(other, makeImages(20), NOW_MS);
  expect(await countImages(other)).toBe(20);
});
