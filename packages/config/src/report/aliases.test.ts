import { unwrap } from '@registry-cache/domain';
import type { Logger } from '@registry-cache/runtime';
import { expect, it, vi } from 'vitest';
import { parseSettings } from '../settings/parse.ts';
import { reportAliases, reportOldCache } from './aliases.ts';

function logger() {
  const [info, warn] = [vi.fn(), vi.fn()];
  return { info, warn, log: { info, warn } as unknown as Logger };
}

it('says in one line what was taken, and warns of what has no effect', () => {
  const { info, warn, log } = logger();
  const environment = { CACHE_MAX_SIZE: '1g', SEND_TIMEOUT: '60s', EDGE_SEND_TIMEOUT: '1m' };
  reportAliases(unwrap(parseSettings(environment)), log);
  expect(info).toHaveBeenCalledExactlyOnceWith(
    { taken: ['CACHE_MAX_SIZE=1g is CLEANER_MAXSIZE=1G'] },
    expect.any(String),
  );
  expect(warn).toHaveBeenCalledExactlyOnceWith(
    { left: ['SEND_TIMEOUT for EDGE_SEND_TIMEOUT, which is set too'] },
    expect.any(String),
  );
});

it('is silent where no other cache was there before', async () => {
  const { info, warn, log } = logger();
  const settings = unwrap(parseSettings({}));
  reportAliases(settings, log);
  await reportOldCache({ REGISTRYDIR: '/nowhere' }, log);
  expect([info.mock.calls, warn.mock.calls]).toEqual([[], []]);
});
