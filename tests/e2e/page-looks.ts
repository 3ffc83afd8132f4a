import type { JsonVerbName, VerbOutput } from '@registry-cache/admin';
import { formatSize } from '@registry-cache/domain';
import { until } from '@registry-cache/testbed';
import type { Page } from 'playwright-core';
import { DAY } from './page-day.ts';

/** A look of the page, the command that answers the same, and what both must say. */
export interface LookCase {
  readonly name: string;
  /** Behind `#/`. */
  readonly route: string;
  readonly argv: readonly string[];
  /** Pieces of text, and times as ISO 8601. */
  readonly told: (answer: unknown) => string[];
}

export const LOOKS: readonly LookCase[] = [
  look('overview', '', ['status'], ({ store, upstreams = [], saved: { day }, problems }) => [
    ...(store === undefined ? [] : sizes(store.usedBytes, store.limitBytes)),
    ...upstreams.flatMap(({ name, state }) => [name, state]),
    ...[`${day.savedRequests} of ${day.requests} requests`, ...sizes(day.savedBytes)],
    ...problems.map(({ message }) => message),
  ]),
  look('images', 'images', ['ls'], ({ images }) =>
    images.flatMap(({ image, platforms, ownBytes, sharedBytes, pulled, checked }) => [
      ...[image, ...platforms, ...sizes(ownBytes, sharedBytes), ...times(pulled, checked)],
    ]),
  ),
  look('an image: who pulled it', imageRoute(), ['pulls', DAY.app], ({ references, pullers }) => [
    ...references.map(({ pulls }) => `${pulls} pulls of this image`),
    ...pullers.flatMap(({ who, pulls, last }) => [`${who} ${pulls}`, ...times(last)]),
  ]),
  look('fetches', 'fetches', ['fetches'], ({ running = [], past }) => [
    ...running.flatMap(({ upstream, repository, digest, waiting, totalBytes = 0, since }) => [
      ...[`${upstream}/${repository} ${short(digest)}`, `${waiting} clients waiting`],
      ...[`of ${formatSize(totalBytes)}`, ...times(since)],
    ]),
    ...past.flatMap(({ upstream, repository, digest, outcome, bytes, ended, from = '' }) => [
      ...[`${upstream}/${repository} ${short(digest)}`, outcome, from],
      ...[...sizes(bytes), ...times(ended)],
    ]),
  ]),
  look('evictions', 'evictions', ['evictions'], ({ blobs, bytes, evictions }) => [
    `${blobs} blobs, ${formatSize(bytes)}`,
    ...evictions.flatMap((eviction) => [
      ...[short(eviction.digest ?? ''), ...eviction.images, ...eviction.during],
      ...[...sizes(eviction.bytes), ...times(eviction.time, eviction.lastAccess)],
    ]),
  ]),
  look('upstreams', 'upstreams', ['upstreams'], ({ upstreams = [], outages }) => [
    ...upstreams.flatMap(({ name, state, since, reason = '', rateLimit }) => [
      ...[name, state, reason, ...times(since, rateLimit?.told)],
      ...(rateLimit === undefined
        ? []
        : [`${rateLimit.remaining} pulls left of ${rateLimit.limit}`]),
    ]),
    ...outages.flatMap(({ upstream, since, reason }) => [upstream, reason, ...times(since)]),
  ]),
  look('refusals', 'refusals', ['refusals'], ({ refusals }) =>
    refusals.flatMap(({ time, who, address, image, by, rule, reason, id = '' }) => [
      ...[who, address, image, `${by}, rule ${rule}`, reason, id, ...times(time)],
    ]),
  ),
  look('misses', 'misses', ['misses'], ({ misses }) =>
    misses.flatMap(({ image, kind, reason, id, time }) => [
      ...[image, `${kind} ${reason}`, id, ...times(time)],
    ]),
  ),
  look(
    'an image: its next pull, its rules and its layers',
    imageRoute(),
    ['explain', DAY.app],
    told,
  ),
  look('what is evicted next', 'evictions', ['evictions', '--next'], ({ next }) =>
    (next?.blobs ?? [])
      .slice(0, 10)
      .flatMap(({ digest, images, bytes, lastAccess }) => [
        ...[digest, ...images, ...sizes(bytes), ...times(lastAccess)],
      ]),
  ),
  look('images that their upstream has deleted', 'images?gone=true', ['ls', '--gone'], (answer) => [
    `${answer.total} image`,
    ...answer.images.flatMap(({ image, ownBytes, pulled, gone }) => [
      ...[`${image} deleted upstream`, ...sizes(ownBytes), ...times(pulled, gone)],
    ]),
  ]),
  look('savings', 'savings', ['saved'], ({ periods }) =>
    periods.flatMap(({ requests, savedRequests, servedBytes, savedBytes, since, upstreams }) => [
      ...[`${savedRequests} of ${requests}`, `of ${formatSize(servedBytes)}`],
      ...[...sizes(savedBytes), ...times(since)],
      ...upstreams.map((one) => `${one.upstream} ${one.requests} `),
      ...upstreams.flatMap((one) => sizes(one.savedBytes)),
    ]),
  ),
  look('jobs', 'jobs', ['jobs'], ({ jobs }) =>
    jobs.flatMap(({ kind, what, by, state, since, ended }) => [
      ...[`${kind} ${what}`, `by ${by}`, state, ...times(since, ended)],
    ]),
  ),
];

function look<Name extends JsonVerbName>(
  name: string,
  route: string,
  argv: readonly [Name, ...string[]],
  told: (answer: VerbOutput<Name>) => string[],
): LookCase {
  return { name, route, argv, told: (answer) => told(answer as VerbOutput<Name>) };
}

/** What `explain` and the look of an image say of it. */
function told({ tag, manifest, referrers, rights }: VerbOutput<'explain'>): string[] {
  const { digest = '', next = '', checked, freshUntil } = tag ?? {};
  return [
    ...[digest, next, ...times(checked, freshUntil)],
    ...(manifest?.platforms ?? []).flatMap(({ platform, digest: held, layers }) => [
      ...[platform, held],
      ...layers.flatMap((layer) => [
        ...[layer.digest, layer.mediaType, ...sizes(layer.bytes), ...times(layer.lastAccess)],
      ]),
    ]),
    ...referrers.flatMap(({ digest: by, artifactType, bytes }) => [
      by,
      artifactType,
      ...sizes(bytes),
    ]),
    ...rights.map(({ right, allowed, reason }) => `${right} ${allowed ? 'yes' : 'no'} ${reason}`),
  ];
}

/** What `explain --request` and the look of a request say of it. */
export function tellRequest(request: VerbOutput<'request'>): string[] {
  const { id, time, image, method, kind, status, outcome, reason, who, upstream, bytes } = request;
  return [
    ...[`Request ${id}`, outcome, reason, `${method} of a ${kind}`, image, who, upstream],
    ...[`status ${status}`, ...sizes(bytes), ...times(time)],
  ];
}

function sizes(...bytes: readonly number[]): string[] {
  return bytes.map(formatSize);
}

function times(...found: readonly (string | undefined)[]): string[] {
  return found.filter((time) => time !== undefined);
}

/** A digest as the page shows it. */
function short(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12);
}

/** The address of the look of an image. */
export function imageRoute(image: string = DAY.app): string {
  return `image?${new URLSearchParams({ name: image })}`;
}

/** Opens a look, and waits until everything in it has been asked. */
export async function openLook(page: Page, route: string): Promise<void> {
  await page.goto(`/#/${route}`);
  await page.locator('main h1').waitFor();
  await until(`the look ${route} has its answers`, async () => {
    return (await page.locator('main .waiting').count()) === 0;
  });
}

/** What a look shows: its text, its times as ISO 8601, and what it shows a part of, such as digests. */
export async function readLook(page: Page): Promise<string> {
  // biome-ignore lint/performance/useDomNodeTextContent: only what people see counts.
  const text = (await page.locator('main').innerText()).replaceAll(/\s+/g, ' ');
  const times = await page.locator('main time').all();
  const shown = await Promise.all(times.map((time) => time.getAttribute('datetime')));
  const wholes = await page.locator('main [title]').all();
  const whole = await Promise.all(wholes.map((element) => element.getAttribute('title')));
  return [text, ...shown, ...whole].join('\n');
}
