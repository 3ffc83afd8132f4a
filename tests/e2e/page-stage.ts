import { mkdtemp, rm } from 'node:fs/promises';
import type { JsonVerbName, VerbOutput } from '@registry-cache/admin';
import {
  type Appliance,
  type ApplianceOptions,
  basicAuthorization,
  createHttpClient,
  findFreePort,
  type HttpClient,
} from '@registry-cache/testbed';
import type { Browser } from 'playwright-core';
import { openBrowser, type Visit, type VisitOptions, visit } from './browser.ts';
import { ACCESS, DAY_SETTINGS, openUpstreams, type Upstreams, USERS } from './page-day.ts';
import { describeUpstreams, openStage, type Stage } from './stage.ts';

/** The admin listener, as the browser in the container's network sees it. */
const INSIDE = 'https://127.0.0.1:8445';

/** An appliance with its admin listener, and a browser that opens its page. */
export interface PageStage extends AsyncDisposable {
  readonly stage: Stage;
  readonly upstreams: Upstreams;
  readonly appliance: Appliance;
  readonly storeDir: string;
  readonly browser: Browser;
  /** Asks the admin listener from this machine. */
  readonly client: HttpClient;
  /** Opens a window, by default for ann. */
  visit(options?: Partial<VisitOptions>): Promise<Visit>;
  /** The answer of a verb to ann. */
  api<Name extends JsonVerbName>(
    name: Name,
    input?: Record<string, string>,
  ): Promise<VerbOutput<Name>>;
  /** The answer of a command, by `--json`. */
  ask<T>(...argv: readonly string[]): Promise<T>;
}

export interface PageStageOptions {
  /** Fills the store before the start. */
  readonly fill?: (storeDir: string) => Promise<void>;
  readonly env?: ApplianceOptions['env'];
  /** Who may look; default: the users of the staged day. */
  readonly view?: readonly string[];
}

export async function openPageStage({
  fill,
  env,
  view = ACCESS.view,
}: PageStageOptions = {}): Promise<PageStage> {
  const stage = await openStage();
  // In memory: on a shared disk, space that others free can hide growth.
  const storeDir = await mkdtemp('/dev/shm/registry-cache-page-');
  const close = async () => {
    await stage[Symbol.asyncDispose]();
    await rm(storeDir, { recursive: true });
  };
  try {
    await fill?.(storeDir);
    const upstreams = await openUpstreams(stage);
    const described = describeUpstreams(upstreams.use);
    const policy = { ...JSON.parse(described.policyYaml), access: { ...ACCESS, view } };
    const port = await findFreePort('127.0.0.1');
    const appliance = await stage.appliance(upstreams.use, {
      storeDir,
      policyYaml: JSON.stringify(policy),
      passwords: Object.fromEntries(
        Object.values(USERS).map((user) => [user.username, user.password]),
      ),
      env: { ...DAY_SETTINGS, ADMIN_LISTEN: ':8445', ...env },
      extraArgs: [`--publish=127.0.0.1:${port}:8445`],
    });
    const browser = await openBrowser(stage, appliance);
    const url = `https://127.0.0.1:${port}`;
    const client = stage.use(createHttpClient({ url, ca: appliance.ca, pinned: true }));
    return {
      ...{ stage, upstreams, appliance, storeDir, browser, client },
      visit: (options) => visit(browser, { url: INSIDE, login: USERS.ann, ...options }),
      api: async (name, input = {}) => {
        const query = new URLSearchParams(input);
        const headers = { authorization: basicAuthorization(USERS.ann) };
        const answer = await client.get(`/api/v1/${name}?${query}`, { headers });
        if (answer.status !== 200) throw new Error(`${name}: ${answer.status} ${answer.text()}`);
        return answer.json() as never;
      },
      ask: async <T>(...argv: readonly string[]) => {
        const { stdout } = await appliance.exec(['registry-cache', ...argv, '--json']);
        return JSON.parse(stdout) as T;
      },
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
