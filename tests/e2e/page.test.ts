import { until } from '@registry-cache/testbed';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listFindings } from './axe.ts';
import { DAY, liveDay, pushDay } from './page-day.ts';
import { walkByTab } from './page-focus.ts';
import { LOOKS, openLook, readLook, tellRequest } from './page-looks.ts';
import { openPageStage, type PageStage } from './page-stage.ts';

const ROUTES = [...new Set(LOOKS.map(({ route }) => route)), 'pins', 'configuration'];
/** What all of it may weigh on its way to the browser, compressed. */
const LIMIT_BYTES = 100_000;
/** The answers of the API go on changing for this long after their events. */
const SETTLED_MS = 30_000;

let stage: PageStage;

beforeAll(async () => {
  stage = await openPageStage();
  const images = await pushDay(stage.upstreams);
  await liveDay(stage.stage, stage.appliance, stage.upstreams, images);
}, 240_000);

afterAll(() => stage[Symbol.asyncDispose]());

describe('each look says what its command says', () => {
  it.each(LOOKS)('$name', async ({ route, argv, told }) => {
    await using window = await stage.visit();
    await openLook(window.page, route);
    const listMissing = async () => {
      const pieces = told(await stage.ask(...argv));
      expect(pieces).not.toEqual([]);
      const shown = await readLook(window.page);
      return pieces.filter((piece) => !shown.includes(piece));
    };
    await expect.poll(listMissing, { timeout: SETTLED_MS, interval: 500 }).toEqual([]);
    expect(window.troubles).toEqual([]);
  });
});

it('a request says on its look what its command says', async () => {
  const { misses } = await stage.api('misses');
  const id = misses.find(({ kind, code }) => kind === 'blob' && code === 'never-pulled')?.id ?? '';
  const pieces = tellRequest(await stage.ask('explain', '--request', id));
  await using window = await stage.visit();
  await openLook(window.page, `misses?id=${id}`);
  const shown = await readLook(window.page);
  expect(pieces.filter((piece) => !shown.includes(piece))).toEqual([]);
  expect(window.troubles).toEqual([]);
});

it('the configuration says on its look what check says', async () => {
  const { inUse, changes } = await stage.api('check');
  expect(inUse).toBe(true);
  await using window = await stage.visit();
  await openLook(window.page, 'configuration');
  const shown = await readLook(window.page);
  const pieces = changes.flatMap(({ time, what }) => [time, what]);
  expect(pieces).not.toEqual([]);
  for (const piece of ['The cache uses the newest files.', ...pieces]) {
    expect(shown).toContain(piece);
  }
  expect(window.troubles).toEqual([]);
});

describe('each look is for everybody', () => {
  it.each(ROUTES)('#/%s', async (route) => {
    await using window = await stage.visit();
    const { page } = window;
    await openLook(page, route);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await listFindings(page), colorScheme).toEqual([]);
    }
    const { stops, ...wrong } = await walkByTab(page);
    expect(stops).toBeGreaterThan(5);
    expect(wrong).toEqual({ unmarked: [], missed: [] });
    for (const width of [390, 1600]) {
      await page.setViewportSize({ width, height: 900 });
      await openLook(page, route);
      const scrolled = await page.locator('html').evaluate(({ scrollWidth }) => scrollWidth);
      expect(scrolled, `at ${width} pixels`).toBeLessThanOrEqual(width);
      if (width === 390) expect(await listFindings(page), `at ${width} pixels`).toEqual([]);
    }
    expect(window.troubles).toEqual([]);
  });
});

it('weighs little, comes from the cache alone, and breaks no rule of its own', async () => {
  await using window = await stage.visit();
  for (const route of ROUTES) await openLook(window.page, route);
  const sum = window.loaded.reduce((total, { sentBytes }) => total + sentBytes, 0);
  expect(window.loaded.length).toBeGreaterThanOrEqual(3);
  expect(sum).toBeLessThan(LIMIT_BYTES);
  expect(window.troubles).toEqual([]);
});

describe('by the keyboard alone', () => {
  it('an image is found, opened and unpinned', async () => {
    await using window = await stage.visit();
    const { page } = window;
    await openLook(page, '');
    await page.keyboard.press('/');
    await page.keyboard.type('team/app');
    await page.keyboard.press('Enter');
    const link = page.getByRole('link', { name: DAY.app });
    await link.waitFor();
    await tabTo(page, link);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: DAY.app }).waitFor();
    const unpin = page.getByRole('button', { name: 'Unpin' });
    await tabTo(page, unpin.first());
    await page.keyboard.press('Enter');
    await tabTo(page, page.getByRole('dialog').getByRole('button', { name: 'Unpin' }));
    await page.keyboard.press('Enter');
    await page.getByText('not pinned').waitFor();
    expect(await stage.api('pins')).toMatchObject({ pins: [] });
  });
});

/** Presses Tab until the element has the focus. */
async function tabTo(page: Page, element: Locator): Promise<void> {
  await until('the element has the focus', async () => {
    await page.keyboard.press('Tab');
    return element.evaluate((found) => found === found.ownerDocument.activeElement);
  });
}
