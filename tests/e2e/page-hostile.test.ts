import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { repositoryDir, tagCurrentLink } from '@registry-cache/domain';
import { type HttpClient, until } from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY, pullAs, USERS } from './page-day.ts';
import { imageRoute, LOOKS, openLook, readLook } from './page-looks.ts';
import { openPageStage, type PageStage } from './page-stage.ts';
import { pushImage } from './stage.ts';

/** Turns the following text around. */
const TURN = '\u202e';
/** Clears the screen of a terminal. */
const CLEAR = '\u001b[2J';
const HTML = '<img src=x onerror=alert(1)>';
const LONG = 'a'.repeat(1_000);
/** What clients may send where a name, a reference, a user or an agent is expected. */
const HOSTILE = [
  HTML,
  `"><script>alert(2)</script>`,
  `${TURN}gpj.exe`,
  `${CLEAR}gone`,
  'one\ntwo',
  'javascript:alert(3)',
  `__proto__`,
  LONG,
];

let stage: PageStage;

beforeAll(async () => {
  stage = await openPageStage({ fill: async (storeDir) => writeHostileTags(storeDir) });
  const { upstreams, appliance } = stage;
  const image = await pushImage(upstreams.registry, 'team/app', 'v1', { seed: 'hostile' });
  await pullAs(USERS.ci, appliance, new Map([[DAY.app, image]]), DAY.app);
  for (const text of HOSTILE) await sendHostile(text);
  await until('the image is listed', async () => {
    const { images } = await stage.api('ls');
    return images.some((one) => one.image === DAY.app);
  });
}, 240_000);

afterAll(() => stage[Symbol.asyncDispose]());

/** Names that no client can bring in, as if somebody had made the files. */
function writeHostileTags(storeDir: string): void {
  const directory = repositoryDir(storeDir, DAY.quay, 'team/odd');
  for (const tag of HOSTILE.filter((text) => !text.includes('/') && text.length < 256)) {
    const file = tagCurrentLink(directory, tag);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `sha256:${'0'.repeat(64)}`);
  }
}

/** As a repository, a tag, a query, an agent, an id, and the name of a user. */
async function sendHostile(text: string): Promise<void> {
  const inPath = encodeURIComponent(text);
  // Headers are bytes; a line feed would end one.
  const inHeader = Buffer.from(text.replaceAll('\n', ' ').replace(CLEAR, ''), 'utf8').toString(
    'latin1',
  );
  const headers = { 'user-agent': inHeader, 'x-request-id': inHeader };
  await using client: HttpClient = stage.appliance.client({ credentials: USERS.ci });
  for (const path of [
    `/v2/quay.io/${inPath}/manifests/v1`,
    `/v2/quay.io/team/app/manifests/${inPath}`,
    `/v2/${inPath}/app/manifests/v1`,
    `/v2/quay.io/team/app/manifests/v1?ns=${inPath}`,
  ]) {
    await client.get(path, { headers });
  }
  await using stranger = stage.appliance.client({
    credentials: { username: text.replaceAll(':', ''), password: text },
  });
  await stranger.get('/v2/', { headers });
}

const ROUTES = [
  ...LOOKS.map(({ route }) => route),
  imageRoute(),
  ...HOSTILE.map((text) => imageRoute(`quay.io/team/odd:${text}`)),
  ...HOSTILE.map((text) => `images?${new URLSearchParams({ pattern: text, sort: text })}`),
  ...HOSTILE.map((text) => encodeURIComponent(text)),
];

describe('hostile names, agents and references', () => {
  it('leave the page as it is', async () => {
    await using window = await stage.visit();
    const { page } = window;
    for (const route of ROUTES) {
      await openLook(page, route);
      expect(await page.locator('main img, main script, main [onerror]').count(), route).toBe(0);
      expect(await page.locator('a[href^="javascript:"]').count(), route).toBe(0);
      const html = page.locator('html');
      expect(await html.evaluate(({ scrollWidth }) => scrollWidth), route).toBeLessThanOrEqual(
        1280,
      );
      expect(await readLook(page), route).not.toContain(TURN);
    }
    const troubles = window.troubles.filter((line) => !line.includes('Failed to load resource'));
    expect(troubles).toEqual([]);
  });

  it.each(LOOKS.map(({ argv }) => argv))('leave the terminal as it is: %s', async (...argv) => {
    const { stdout, stderr } = await stage.appliance.exec(['registry-cache', ...argv]);
    expect(`${stdout}${stderr}`.replaceAll(/[\n\t]/g, '')).not.toMatch(
      /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u,
    );
  });
});
