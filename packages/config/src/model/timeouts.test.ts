import { expect, it } from 'vitest';
import { parsePolicy } from '../policy/parse.ts';
import { upstreamsOf } from '../testing/upstreams.ts';

it("takes an upstream's own times, and the settings for the others", () => {
  const built = upstreamsOf(
    ['quay.io', 'ghcr.io'],
    'upstreams: {quay.io: {timeouts: {blobHeaders: 10m, idle: 250ms}}}',
  );
  const [ghcr, quay] = built.ok ? built.value : [];
  expect(quay?.timeouts).toMatchObject({ blobHeadersMs: 600_000, idleMs: 250 });
  expect(quay?.timeouts?.connectMs).toBeGreaterThan(0);
  expect(ghcr?.timeouts).toBeUndefined();
});

it('names a bad time by its path', () => {
  const parsed = parsePolicy('p', 'upstreams: {quay.io: {timeouts: {connect: 30, header: 1s}}}');
  const issues = parsed.ok ? [] : parsed.issues;
  expect(issues.map(({ path, accepted }) => [path, accepted])).toEqual([
    ['p upstreams["quay.io"].timeouts.connect', expect.stringMatching(/duration|string/)],
    ['p upstreams["quay.io"].timeouts.header', 'connect, headers, blobHeaders, idle'],
  ]);
});
