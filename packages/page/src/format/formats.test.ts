import { describe, expect, it } from 'vitest';
import { formatAge, formatDuration } from './format-age.ts';
import { formatCount, formatMany, formatShare } from './format-count.ts';
import { formatDigest } from './format-digest.ts';
import { formatImage, formatWholeName } from './format-image.ts';
import { formatPullCommands } from './format-pull-commands.ts';

it.each([
  [0, 'now'],
  [999, 'now'],
  [59_999, '59 s ago'],
  [60_000, '1 min ago'],
  [3_600_000 * 25, '1 d ago'],
  [-1_200_000, 'in 20 min'],
])('shows an age of %i ms', (ms, text) => {
  expect(formatAge(0, ms)).toBe(text);
});

it.each([
  [0, '0 ms'],
  [80.4, '80 ms'],
  [1_500, '1.5 s'],
  [2_000, '2 s'],
  [59_000, '59 s'],
  [240_000, '4 min'],
  [3_600_000 * 13 + 480_000, '13 h 8 min'],
  [86_400_000 * 2 + 3_600_000, '2 d 1 h'],
])('shows a duration of %d ms', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

describe('a share', () => {
  it.each([
    [0, 0, '–'],
    [0, 5, '0 %'],
    [1, 1000, '< 1 %'],
    [1, 3, '33 %'],
    [9999, 10000, '99.9 %'],
    [5, 5, '100 %'],
    [6, 5, '120 %'],
  ])('of %i in %i', (part, whole, text) => {
    expect(formatShare(part, whole)).toBe(text);
  });
});

it('counts', () => {
  expect(formatCount(1234567)).toBe('1,234,567');
  expect(formatMany(1, 'blob')).toBe('1 blob');
  expect(formatMany(0, 'entry', 'entries')).toBe('0 entries');
});

it('shortens a digest, and leaves other texts alone', () => {
  expect(formatDigest(`sha256:${'ab'.repeat(32)}`)).toBe('sha256:abababababab');
  expect(formatDigest('v1')).toBe('v1');
});

it.each(['', 'x', 'quay.io/app; rm -rf ~', 'quay.io/$(id):v1', 'quay.io/a b', 'quay.io/a\nb'])(
  'has no command for %j, which is no name of an image',
  (image) => expect(formatPullCommands('cache.test:8443', image)).toEqual([]),
);

it('names an image as clients of the cache pull it', () => {
  const commands = formatPullCommands('cache.test:8443', 'reg.test:5000/team/app:v1');
  expect(commands.map(({ command }) => command)).toEqual([
    'podman pull cache.test:8443/reg.test_5000/team/app:v1',
    'docker pull cache.test:8443/reg.test_5000/team/app:v1',
    'ctr images pull --hosts-dir /etc/containerd/certs.d cache.test:8443/reg.test_5000/team/app:v1',
    'image: cache.test:8443/reg.test_5000/team/app:v1',
  ]);
});

it.each([
  ['quay.io/team/app:v1', 'quay.io/team/app:v1'],
  ['quay.io/team/app', 'quay.io/team/app'],
  [`quay.io/team/app@sha256:${'ab'.repeat(32)}`, 'quay.io/team/app@sha256:abababababab'],
])('shows the image %s', (name, shown) => {
  expect(formatImage(name)).toBe(shown);
});

it.each([
  ['v1', 'quay.io/team/app:v1'],
  ['sha256:0123', 'quay.io/team/app@sha256:0123'],
])('names an image by its reference %s', (reference, name) => {
  expect(formatWholeName({ image: 'quay.io/team/app', reference })).toBe(name);
});
