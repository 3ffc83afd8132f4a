import { escapeUnprintable } from '@registry-cache/domain/printable';

/** The looks of the page, by the first part of their addresses. */
export const LOOKS = [
  'overview',
  'images',
  'image',
  'misses',
  'fetches',
  'evictions',
  'upstreams',
  'refusals',
  'savings',
  'pins',
  'jobs',
  'configuration',
] as const;

export type Look = (typeof LOOKS)[number];

/** The content of the address: a look and its question. */
export interface Route {
  readonly look: Look;
  readonly query: Readonly<Record<string, string>>;
}

/**
 * Reads an address such as `#/images?pattern=team`. Anything unknown leads to the overview: the
 * address comes from outside. So invisible characters in it are shown as escapes.
 */
export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s);
  const look = LOOKS.find((one) => one === path) ?? 'overview';
  const pairs = [...new URLSearchParams(search)].map(([key, value]) => {
    return [key, escapeUnprintable(value)] as const;
  });
  return { look, query: Object.fromEntries(pairs) };
}

/** The address of a look. Empty values are left out. */
export function formatRoute(look: Look, query: Readonly<Record<string, string>> = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== '');
  const search = new URLSearchParams(pairs).toString();
  const path = look === 'overview' ? '' : look;
  return search === '' ? `#/${path}` : `#/${path}?${search}`;
}

/** The address of an image; of a repository alone, that of its images. */
export function formatImageRoute(image: string): string {
  const isWhole = /[:@][^/]*$/.test(image);
  return isWhole
    ? formatRoute('image', { name: image })
    : formatRoute('images', { pattern: `${image}:` });
}
