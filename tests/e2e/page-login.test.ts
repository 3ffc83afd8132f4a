import { until } from '@registry-cache/testbed';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listFindings } from './axe.ts';
import { DAY, pullAs, USERS } from './page-day.ts';
import { imageRoute, openLook } from './page-looks.ts';
import { openPageStage, type PageStage } from './page-stage.ts';
import { pushImage } from './stage.ts';

let stage: PageStage;

beforeAll(async () => {
  const env = { CLIENT_ADDRESS: 'pull.example.com:5000' };
  stage = await openPageStage({ view: ['anonymous'], env });
  const image = await pushImage(stage.upstreams.registry, 'team/app', 'v1', { seed: 'login' });
  await pullAs(USERS.ci, stage.appliance, new Map([[DAY.app, image]]), DAY.app);
  await until('the image is listed', async () => (await stage.api('ls')).total === 1);
});

afterAll(() => stage[Symbol.asyncDispose]());

const pinButtons = (page: Page) => page.getByRole('button', { name: 'Pin', exact: true });
const logIn = (page: Page) => page.getByRole('link', { name: 'Log in', exact: true });

it('lets an operator log in from a page that everybody may see, and log out again', async () => {
  await using window = await stage.visit({ login: USERS.ann });
  const { page } = window;
  await openLook(page, imageRoute());
  await logIn(page).waitFor();
  expect(await page.locator('#logged-in').count()).toBe(0);
  expect(await pinButtons(page).count()).toBe(0);
  const before = page.url();
  expect(await listFindings(page)).toEqual([]);

  // By keyboard alone.
  await logIn(page).focus();
  await page.keyboard.press('Enter');
  await page.locator('#logged-in').waitFor();
  // The look is the one from before.
  expect(page.url()).toBe(before);
  expect(await page.locator('#logged-in').textContent()).toBe('ann');
  await pinButtons(page).waitFor();
  expect(await listFindings(page)).toEqual([]);
  await pinButtons(page).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Pin', exact: true }).click();
  await page.getByText('pinned', { exact: true }).waitFor();
  expect(await stage.api('pins')).toMatchObject({ pins: [{ image: DAY.app, by: 'ann' }] });

  await page.getByRole('link', { name: 'Log out' }).click();
  await page.getByText('You are logged out.').waitFor();
  await page.getByRole('link', { name: 'Go to the page' }).click();
  await logIn(page).waitFor();
  expect(await page.locator('#logged-in').count()).toBe(0);
  await openLook(page, imageRoute());
  expect(await page.getByRole('button', { name: 'Unpin', exact: true }).count()).toBe(0);
});

it('keeps a viewer with a wrong password out of changes, who still sees the page', async () => {
  await using window = await stage.visit({ login: { ...USERS.ann, password: 'wrong' } });
  const { page } = window;
  await openLook(page, '');
  // A browser takes a refused login for a failure of its own.
  await page.goto('/login').catch(() => undefined);
  await openLook(page, imageRoute());
  await logIn(page).waitFor();
  expect(await pinButtons(page).count()).toBe(0);
});

it('names the address by which clients reach the cache, or the one that is typed', async () => {
  await using window = await stage.visit({ login: undefined });
  const { page } = window;
  await openLook(page, imageRoute());
  const told = await page.getByText(`podman pull pull.example.com:5000/${DAY.app}`).count();
  expect(told).toBe(1);
  const field = page.getByLabel('Address of the cache');
  await field.fill('other.example.com');
  await page.getByText(`podman pull other.example.com/${DAY.app}`).waitFor();
  // What was emptied again is the server's.
  await field.fill('');
  await page.getByText(`podman pull pull.example.com:5000/${DAY.app}`).waitFor();
  expect(window.troubles).toEqual([]);
});
