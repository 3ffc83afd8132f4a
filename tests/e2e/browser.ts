import { accessSync, constants } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type Appliance, makeTemporaryFolder } from '@registry-cache/testbed';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import type { Stage } from './stage.ts';

/** Whoever opens the page, and how. */
export interface VisitOptions {
  /** `https://127.0.0.1:PORT`, as the browser sees it. */
  readonly url: string;
  readonly login?: { readonly username: string; readonly password: string } | undefined;
  readonly theme?: 'light' | 'dark';
  /** Pixels. */
  readonly width?: number;
  readonly height?: number;
}

/** One window of a browser, without anything that an earlier one remembered. */
export interface Visit extends AsyncDisposable {
  readonly page: Page;
  /** Errors of scripts, messages of the console, breaches of the policy, requests to others. */
  readonly troubles: readonly string[];
  /** What was loaded so far, without the answers of the API. */
  readonly loaded: readonly LoadedFile[];
}

export interface LoadedFile {
  readonly path: string;
  /** As it was sent, so compressed where the server compresses. */
  readonly sentBytes: number;
}

/** The names of the browser in PATH. Debian has the first one. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/**
 * Starts a browser in the network of a container, as `127.0.0.1` there: on this machine's network, it
 * would break requests off whenever another test adds a bridge.
 *
 * @throws when this machine has no browser.
 */
export async function openBrowser(stage: Stage, { pid }: Pick<Appliance, 'pid'>): Promise<Browser> {
  const folder = stage.use(await makeTemporaryFolder('browser'));
  const inside = join(folder.path, 'browser');
  const network = `/proc/${await pid()}/ns/net`;
  const script = `#!/bin/sh\nexec nsenter --net=${network} ${findBrowser()} "$@"\n`;
  await writeFile(inside, script, { mode: 0o755 });
  // Containers of a test run lack what the sandbox and a graphics card need.
  const args = ['--no-sandbox', '--disable-gpu'];
  const browser = await chromium.launch({ executablePath: inside, args });
  stage.use({ [Symbol.asyncDispose]: () => browser.close() });
  return browser;
}

function findBrowser(): string {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const paths = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const found = paths.find(isProgram);
  if (found !== undefined) return found;
  throw new Error(
    `no browser in PATH; accepted: ${NAMES.join(', ')}. ./scripts/test installs Debian's chromium`,
  );
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Opens a window at `about:blank`. Its page is opened by the test. */
export async function visit(browser: Browser, options: VisitOptions): Promise<Visit> {
  const { url, login, theme = 'light', width = 1280, height = 900 } = options;
  const context = await browser.newContext({
    baseURL: url,
    // The appliance makes its own certificate.
    ignoreHTTPSErrors: true,
    colorScheme: theme,
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'UTC',
    viewport: { width, height },
    ...(login && { httpCredentials: login }),
  });
  const page = await context.newPage();
  const troubles = await watchTroubles(page, url);
  return {
    page,
    troubles,
    loaded: watchLoaded(page),
    [Symbol.asyncDispose]: () => close(context),
  };
}

async function close(context: BrowserContext): Promise<void> {
  // A window of a browser that has ended is closed already.
  await context.close().catch(() => undefined);
}

async function watchTroubles(page: Page, url: string): Promise<string[]> {
  const troubles: string[] = [];
  page.on('pageerror', (error) => troubles.push(`error of a script: ${error.message}`));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) troubles.push(`console: ${message.text()}`);
  });
  page.on('dialog', (dialog) => {
    troubles.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const asked = request.url();
    const isOwn = new URL(asked).origin === new URL(url).origin || asked === 'about:blank';
    if (!isOwn && !asked.startsWith('data:')) troubles.push(`request to ${asked}`);
  });
  return troubles;
}

function watchLoaded(page: Page): LoadedFile[] {
  const loaded: LoadedFile[] = [];
  page.on('requestfinished', async (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith('/api/')) return;
    const { responseBodySize } = await request.sizes();
    loaded.push({ path: pathname, sentBytes: responseBodySize });
  });
  return loaded;
}
