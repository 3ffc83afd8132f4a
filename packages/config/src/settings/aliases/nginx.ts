import { accept, formatDuration, type Parsed, quoteFound, reject } from '@registry-cache/domain';

const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
};

/** Milliseconds of nginx's units, in the order in which a time has them. A month is 30 days. */
const TIME_UNITS: Readonly<Record<string, number>> = {
  y: 31_536_000_000,
  M: 2_592_000_000,
  w: 604_800_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
};

const SIZE_ACCEPTED = 'a size as nginx has it: bytes, or a number with k, m or g, such as 32g';
const TIME_ACCEPTED =
  'a time above zero as nginx has it: seconds, or numbers with y, M, w, d, h, m, s or ms, such as 60s';

/**
 * A size in nginx's notation (`32g`, `512m`, `1024`), as a number of bytes.
 * Source: nginx, "Configuration file measurement units".
 */
export function parseNginxSize(path: string, text: string): Parsed<number> {
  const match = /^(\d+)([kmg]?)$/.exec(text.trim().toLowerCase());
  const bytes = Number(match?.[1]) * (SIZE_UNITS[match?.[2] ?? ''] ?? Number.NaN);
  if (Number.isSafeInteger(bytes) && bytes > 0) return accept(bytes);
  return reject({ path, found: quoteFound(text), accepted: SIZE_ACCEPTED });
}

/**
 * A time in nginx's notation (`60s`, `1h30m`, `600` for seconds), in milliseconds. Zero is refused.
 * Source: nginx, "Configuration file measurement units".
 */
export function parseNginxTime(path: string, text: string): Parsed<number> {
  const ms = readNginxTime(text);
  if (ms !== undefined && ms > 0) return accept(ms);
  return reject({ path, found: quoteFound(text), accepted: TIME_ACCEPTED });
}

/** Milliseconds of a time in nginx's notation, zero included; undefined for any other text. */
export function readNginxTime(text: string): number | undefined {
  const units = Object.keys(TIME_UNITS);
  // A number without a unit comes last, and means seconds.
  const pattern = `${units.map((unit) => (unit === 'm' ? '(?:(\\d+)m(?!s))?' : `(?:(\\d+)${unit})?`)).join('')}(\\d+)?`;
  const match = new RegExp(`^${pattern}$`).exec(text.trim());
  if (match === null || match[0] === '') return undefined;
  const [, ...numbers] = match;
  const total = numbers.reduce((sum, digits, index) => {
    return sum + Number(digits ?? 0) * (TIME_UNITS[units[index] ?? 's'] ?? 0);
  }, 0);
  return Number.isSafeInteger(total) ? total : undefined;
}

/** A time in nginx's notation, as our settings write it: `1m30s`. */
export function convertTime(path: string, text: string): Parsed<string> {
  const time = parseNginxTime(path, text);
  return time.ok ? accept(formatDuration(time.value)) : time;
}

/**
 * The first value of keepalive_timeout; a second one is only told to clients. nginx takes 0 for
 * connections that end with each answer.
 */
export function convertKeepalive(path: string, text: string): Parsed<string> {
  const [first = ''] = text.trim().split(/\s+/);
  return readNginxTime(first) === 0 ? accept('1ms') : convertTime(path, first);
}

/** A size in nginx's notation, as our settings write it: a number of bytes, or `32G`. */
export function convertSize(path: string, text: string): Parsed<string> {
  const size = parseNginxSize(path, text);
  return size.ok ? accept(text.trim().toUpperCase()) : size;
}
