import type { AuditRecord } from '@registry-cache/domain';
import { ANY_MANIFEST, basicAuthorization, until } from '@registry-cache/testbed';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listFindings } from './axe.ts';
import { killProgram } from './inside.ts';
import { DAY, pullAs, USERS } from './page-day.ts';
import { imageRoute, openLook, readLook } from './page-looks.ts';
import { openPageStage, type PageStage } from './page-stage.ts';
import { pushImage } from './stage.ts';

let stage: PageStage;

beforeAll(async () => {
  stage = await openPageStage();
  const image = await pushImage(stage.upstreams.registry, 'team/app', 'v1', { seed: 'rights' });
  await pullAs(USERS.ci, stage.appliance, new Map([[DAY.app, image]]), DAY.app);
  await until('the image is listed', async () => {
    const { total } = await stage.api('ls');
    return total === 1;
  });
});

afterAll(() => stage[Symbol.asyncDispose]());

async function readEvents(...events: readonly string[]): Promise<AuditRecord[]> {
  const { stdout } = await stage.appliance.exec(['registry-cache', 'logs', '--audit', '--json']);
  const lines = stdout.split('\n').filter((line) => line !== '');
  const records = lines.map((line) => JSON.parse(line) as AuditRecord);
  return records.filter(({ event }) => events.includes(event));
}

/** The button on the page, and the one that confirms it. */
async function press(page: Page, name: 'Pin' | 'Unpin'): Promise<void> {
  await page.getByRole('button', { name, exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name, exact: true }).click();
}

describe('the page', () => {
  it.each([
    ['without a login', undefined, 401],
    ['with a wrong password', { ...USERS.ann, password: 'wrong' }, 401],
    ['for a user without a right', USERS.eve, 403],
  ])('is not shown %s', async (_, login, status) => {
    await using window = await stage.visit({ login });
    // A browser takes a missing login for a failure of its own.
    await window.page.goto('/').catch(() => undefined);
    expect(await window.page.locator('main').count()).toBe(0);
    const headers = login && { authorization: basicAuthorization(login) };
    for (const path of ['/', '/api/v1/status']) {
      const answer = await stage.client.get(path, { ...(headers && { headers }) });
      expect([path, answer.status]).toEqual([path, status]);
    }
  });

  it('has no buttons for changes for a user who may only look, whose changes are refused', async () => {
    await using window = await stage.visit({ login: USERS.bob });
    await openLook(window.page, imageRoute());
    expect(await window.page.getByText(DAY.app).count()).toBeGreaterThan(0);
    const buttons = window.page.getByRole('button', { name: /pin|recheck|read the files/i });
    expect(await buttons.count()).toBe(0);
    await openLook(window.page, 'configuration');
    expect(await buttons.count()).toBe(0);
    expect(window.troubles).toEqual([]);
    const refused = await window.page.evaluate<number>(`(async () => {
      const headers = { 'content-type': 'application/json', 'x-registry-cache': 'page' };
      const body = JSON.stringify({ image: ${JSON.stringify(DAY.app)} });
      return (await fetch('/api/v1/pin', { method: 'POST', headers, body })).status;
    })()`);
    expect(refused).toBe(403);
    expect(await stage.api('pins')).toMatchObject({ pins: [] });
  });

  it('pins and unpins an image, and the audit log says who', async () => {
    await using window = await stage.visit();
    const { page } = window;
    await openLook(page, imageRoute());
    await press(page, 'Pin');
    await page.getByText('pinned', { exact: true }).waitFor();
    expect(await stage.api('pins')).toMatchObject({ pins: [{ image: DAY.app, by: 'ann' }] });
    await press(page, 'Unpin');
    await page.getByText('not pinned').waitFor();
    expect(await stage.api('pins')).toMatchObject({ pins: [] });
    expect(window.troubles).toEqual([]);
    expect(await readEvents('pin', 'unpin')).toMatchObject([
      { event: 'pin', user: 'ann', image: DAY.app },
      { event: 'unpin', user: 'ann', image: DAY.app },
    ]);
  });

  it('shows more than the first entries of a list by keyboard, on a narrow screen too', async () => {
    await using client = stage.appliance.client({ credentials: USERS.ci });
    for (let count = 0; count < 60; count += 1) {
      await pushImage(stage.upstreams.registry, 'team/many', `v${count}`, { seed: 'many' });
      const headers = { accept: ANY_MANIFEST };
      await client.get(`/v2/quay.io/team/many/manifests/v${count}`, { headers });
    }
    await until('the misses are known', async () => {
      return (await stage.api('misses', { limit: '200' })).misses.length >= 60;
    });
    await using window = await stage.visit({ width: 390, height: 800 });
    const { page } = window;
    await openLook(page, 'misses');
    const rows = page.locator('#missed tbody tr');
    expect(await rows.count()).toBe(50);
    const more = page.getByRole('button', { name: 'Show more' });
    await more.focus();
    await page.keyboard.press('Enter');
    const end = page.getByText(/^All \d+ are shown\.$/);
    await end.waitFor();
    expect(await end.textContent()).toContain(` ${await rows.count()} `);
    expect(await rows.count()).toBeGreaterThanOrEqual(60);
    // The next Tab goes on from here.
    const focused = () => page.evaluate<string>('document.activeElement.textContent');
    await expect.poll(focused).toMatch(/^All \d+ are shown\.$/);
    expect(await listFindings(page)).toEqual([]);
    expect(window.troubles).toEqual([]);
  });

  it('goes on by itself after its worker was killed', async () => {
    await using window = await stage.visit();
    await openLook(window.page, '');
    const answered = window.page.waitForResponse((answer) => answer.ok(), { timeout: 60_000 });
    await killProgram(stage.appliance, 'admin');
    await answered;
    await openLook(window.page, 'images');
    expect(await readLook(window.page)).toContain(DAY.app);
  });

  it('says that the cache does not answer while its worker is away, and goes on by itself', async () => {
    await using window = await stage.visit();
    const { page } = window;
    await openLook(page, '');
    const away = page.getByText(/does not answer/);
    await supervise('stop');
    await away.waitFor({ timeout: 60_000 });
    await supervise('start');
    await away.waitFor({ state: 'hidden', timeout: 90_000 });
    await openLook(page, 'images');
    expect(await readLook(page)).toContain(DAY.app);
  });
});

async function supervise(action: 'stop' | 'start'): Promise<void> {
  const config = '/run/registry-cache/etc/supervisor/supervisord.conf';
  await stage.appliance.exec(['supervisorctl', '-c', config, action, 'admin'], { user: '0' });
}
