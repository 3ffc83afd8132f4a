/** Takes the pictures of the page that the documents show, from a day that is staged. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { DAY, liveDay, pushDay } from '../../tests/e2e/page-day.ts';
import { imageRoute, openLook } from '../../tests/e2e/page-looks.ts';
import { openPageStage, type PageStage } from '../../tests/e2e/page-stage.ts';

/** A picture of a look. */
interface Picture {
  /** Of the file, without its ending. */
  readonly name: string;
  /** Behind `#/`. */
  readonly route: string;
  readonly theme?: 'light' | 'dark';
}

const FOLDER = resolve(import.meta.dirname, '../../docs/pictures');
/** Pixels. */
const WIDTH = 1200;
const MOST_HEIGHT = 1250;
/** Documents are loaded with their pictures. */
const LIMIT_BYTES = 150_000;
/** The address of the cache in the documents. */
const ADDRESS = 'cache.example.com:8443';

await mkdir(FOLDER, { recursive: true });
await using stage = await openPageStage();
const images = await pushDay(stage.upstreams);
await liveDay(stage.stage, stage.appliance, stage.upstreams, images);
for (const picture of await listPictures()) await take(picture, stage);

async function listPictures(): Promise<Picture[]> {
  const { misses } = await stage.api('misses');
  const slowest = misses.find(({ image }) => image.startsWith('docker.io/library/nginx@'));
  return [
    { name: 'overview-light', route: '' },
    { name: 'overview-dark', route: '', theme: 'dark' },
    { name: 'images', route: 'images' },
    { name: 'image', route: imageRoute(DAY.app) },
    { name: 'gone', route: 'images?gone=true' },
    { name: 'misses', route: `misses?id=${slowest?.id ?? ''}` },
    { name: 'evictions', route: 'evictions' },
    { name: 'upstreams', route: 'upstreams' },
    { name: 'fetches', route: 'fetches' },
    { name: 'refusals', route: 'refusals' },
    { name: 'savings', route: 'savings' },
    { name: 'configuration', route: 'configuration' },
  ];
}

/** @throws when the look has a fault, or the picture is too large. */
async function take({ name, route, theme = 'light' }: Picture, from: PageStage): Promise<void> {
  await using window = await from.visit({ theme, width: WIDTH, height: MOST_HEIGHT });
  const { page, troubles } = window;
  await openLook(page, route);
  await writeAddress(page);
  const height = Math.min(await measure(page), MOST_HEIGHT);
  const png = await page.screenshot({ clip: { x: 0, y: 0, width: WIDTH, height } });
  const picture = await encode(from.browser, png);
  if (troubles.length > 0) throw new Error(`the look ${name} has faults: ${troubles.join('; ')}`);
  if (picture.length > LIMIT_BYTES) {
    throw new Error(`${name} has ${picture.length} bytes; accepted: at most ${LIMIT_BYTES}`);
  }
  await writeFile(join(FOLDER, `${name}.webp`), picture);
  process.stdout.write(`docs/pictures/${name}.webp: ${picture.length} bytes\n`);
}

/** The look of an image has the address in its commands. */
async function writeAddress(page: Page): Promise<void> {
  const field = page.locator('#address');
  if ((await field.count()) === 0) return;
  await field.fill(ADDRESS);
  await field.blur();
  await page.evaluate('scrollTo(0, 0)');
}

/** Pixels from the top to the end of what is shown. */
async function measure(page: Page): Promise<number> {
  const ends = await page
    .locator('nav ul, main > *')
    .evaluateAll((elements) => elements.map((element) => element.getBoundingClientRect().bottom));
  return Math.ceil(Math.max(...ends)) + 24;
}

/** The browser makes a third of its size as WebP. */
async function encode(browser: Browser, png: Buffer): Promise<Buffer> {
  const page = await browser.newPage();
  // By a text, since this file is not compiled for a browser.
  const url = await page.evaluate<string>(`(async () => {
    const image = new Image();
    image.src = 'data:image/png;base64,${png.toString('base64')}';
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    canvas.getContext('2d').drawImage(image, 0, 0);
    const blob = await canvas.convertToBlob({ type: 'image/webp', quality: 0.9 });
    return new Promise((resolve) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result);
      reader.readAsDataURL(blob);
    });
  })()`);
  await page.close();
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
}
