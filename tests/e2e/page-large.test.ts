import { until } from '@registry-cache/testbed';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TAGS_OF_REPOSITORY, writeManyTags } from './large-store.ts';
import { DAY } from './page-day.ts';
import { openLook } from './page-looks.ts';
import { openPageStage, type PageStage } from './page-stage.ts';

const TAGS = 100_000;
/** The longest time that the page may compute without a pause: longer ones are felt as a stall. */
const LONGEST_TASK_MS = 200;

let stage: PageStage;

beforeAll(async () => {
  stage = await openPageStage({
    fill: async (storeDir) => writeManyTags(storeDir, DAY.quay, TAGS),
    // The history takes a percent of it, and names all images.
    env: { CLEANER_MAXSIZE: '4G' },
  });
  await until('the store has been looked through', listsAll, {
    timeoutMs: 240_000,
    intervalMs: 1_000,
  });
}, 400_000);

afterAll(() => stage[Symbol.asyncDispose](), 180_000);

async function listsAll(): Promise<boolean> {
  return (await stage.api('ls', { limit: '1' })).total === TAGS;
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds on a processor, whatever else the machine does meanwhile. */
  readonly tdur?: number;
}

/** The longest task of the page's own thread during `act`, in milliseconds on a processor. */
async function measureLongestTask(page: Page, act: () => Promise<void>): Promise<number> {
  const { browser } = stage;
  const categories = ['disabled-by-default-devtools.timeline', '__metadata'];
  await browser.startTracing(page, { categories });
  await act();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: (TraceEvent & { args?: { name?: string } })[];
  };
  const main = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const tasks = traceEvents.filter(
    ({ name, pid, tid }) => name === 'RunTask' && main.has(`${pid} ${tid}`),
  );
  expect(tasks.length).toBeGreaterThan(0);
  return Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1_000;
}

it('a list of 100,000 tags is opened, scrolled and searched without a stall', async () => {
  await using window = await stage.visit();
  const { page } = window;
  const longest: Record<string, number> = {};
  longest.opened = await measureLongestTask(page, async () => {
    await openLook(page, 'images');
    await page.getByText('quay.io/team/app-0000:v0000').waitFor();
  });
  const rows = page.getByRole('table').first();
  expect(await rows.getAttribute('aria-rowcount')).toBe(String(TAGS + 1));
  // What is not seen is not drawn.
  expect(await page.locator('main *').count()).toBeLessThan(5_000);

  const last = TAGS / TAGS_OF_REPOSITORY - 1;
  longest.scrolled = await measureLongestTask(page, async () => {
    await page.getByText('quay.io/team/app-0000:v0000').hover();
    for (let step = 0; step < 20; step += 1) await page.mouse.wheel(0, 5_000);
    await page.locator('.window-body').focus();
    await page.keyboard.press('End');
    await page.getByText(`quay.io/team/app-0${last}:v0499`).waitFor();
  });
  longest.searched = await measureLongestTask(page, async () => {
    await page.getByRole('searchbox', { name: 'Name' }).pressSequentially('app-0042:v012');
    await page.getByText('quay.io/team/app-0042:v0129').waitFor();
  });
  expect(await rows.getAttribute('aria-rowcount')).toBe('11');
  const stalls = Object.entries(longest).filter(([, ms]) => ms >= LONGEST_TASK_MS);
  expect(stalls).toEqual([]);
  expect(window.troubles).toEqual([]);
});
