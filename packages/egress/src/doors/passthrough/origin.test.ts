import { expect, it } from 'vitest';
import { originFor } from './origin.ts';

const HUB = 'https://registry-1.docker.io';

it.each([
  ['index.docker.io', '/v1/search?q=nginx', 'https://index.docker.io'],
  ['index.docker.io:443', '/', 'https://index.docker.io'],
  ['index.docker.io', '/v2/', HUB],
  ['index.docker.io', '/v2', HUB],
  ['index.docker.io', '/v2/team/app/blobs/uploads/', HUB],
  ['registry-1.docker.io', '/v1/search', HUB],
])('asked for %s%s, it passes the request to %s', (host, path, origin) => {
  expect(originFor(HUB, host, path)).toBe(origin);
});

it('passes everything to the place that the operator chose for Docker Hub', () => {
  expect(originFor('https://mirror.test/hub', 'index.docker.io', '/v1/search')).toBe(
    'https://mirror.test',
  );
});
