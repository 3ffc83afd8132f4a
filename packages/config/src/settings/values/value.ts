import { isAbsolute } from 'node:path';
import {
  accept,
  type FreeSpace,
  type Issue,
  LOG_FORMATS,
  type LogFormat,
  type Parsed,
  parseDuration,
  parseSize,
  quoteFound,
  reject,
  Secret,
} from '@registry-cache/domain';

const DAY_MS = 86_400_000;

/** Turns the text of one setting into its value; `path` is the setting's name. */
export interface ParseValue<T> {
  (path: string, text: string): Parsed<T>;
  /** For the schema of the chart's values. Undefined where only the parser knows what it accepts. */
  readonly shape?: ValueShape;
}

/** The part of a parser that a JSON Schema can tell. */
export type ValueShape =
  | { readonly kind: 'boolean' }
  | { readonly kind: 'integer'; readonly minimum: number; readonly maximum: number }
  | { readonly kind: 'choice'; readonly choices: readonly string[] };

export function parseText(accepted: string, pattern: RegExp): ParseValue<string> {
  return (path, text) => (pattern.test(text) ? accept(text) : refuse(path, text, accepted));
}

export const parseAbsolutePath: ParseValue<string> = (path, text) =>
  isAbsolute(text) && !text.includes('\0') ? accept(text) : refuse(path, text, 'an absolute path');

export function parseInteger(minimum: number, maximum: number): ParseValue<number> {
  const parse: ParseValue<number> = (path, text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= minimum && value <= maximum) return accept(value);
    return refuse(path, text, `a whole number from ${minimum} to ${maximum}`);
  };
  return withShape(parse, { kind: 'integer', minimum, maximum });
}

/** A part of the whole, from 0 to 1. */
export const parseShare: ParseValue<number> = (path, text) => {
  const value = /^(?:0|1|[01]?\.\d{1,9})$/.test(text) ? Number(text) : Number.NaN;
  return value <= 1 ? accept(value) : refuse(path, text, 'a number from 0 to 1, such as 0.05');
};

/** A size; 0 for no limit. */
export const parseOptionalSize: ParseValue<number> = (path, text) =>
  text.trim() === '0' ? accept(0) : parseSize(path, text);

/** A duration in milliseconds; 0 for an empty text. */
export const parseOptionalDuration: ParseValue<number> = (path, text) =>
  text.trim() === '' ? accept(0) : parseDuration(path, text);

/** A duration of whole days, or 0 for none. The lifecycle of a bucket knows no other. */
export const parseDaysOrZero: ParseValue<number> = (path, text) => {
  const parsed = text.trim() === '0' ? accept(0) : parseDuration(path, text);
  if (parsed.ok && parsed.value % DAY_MS === 0) return parsed;
  return refuse(path, text, 'whole days as 30d, or 0 for ever');
};

/** `1G`, `5%`, or both with a space between. */
export const parseFreeSpace: ParseValue<FreeSpace> = (path, text) => {
  const found: { bytes?: number; percent?: number } = {};
  for (const word of text.split(/\s+/).filter((word) => word !== '')) {
    const percent = /^(\d{1,2})%$/.exec(word)?.[1];
    const size = parseOptionalSize(path, word);
    const isSecond = percent === undefined ? found.bytes : found.percent;
    if (isSecond !== undefined || (percent === undefined && !size.ok)) {
      return refuse(path, text, FREE_SPACE);
    }
    if (percent !== undefined) found.percent = Number(percent);
    else if (size.ok) found.bytes = size.value;
  }
  if (found.bytes === undefined && found.percent === undefined) {
    return refuse(path, text, FREE_SPACE);
  }
  return accept({ bytes: found.bytes ?? null, percent: found.percent ?? null });
};

const FREE_SPACE = 'a size as 1G, a part of the disk as 5% (below 100%), or both as 1G 5%; 0';

export function parseOneOf<const T extends string>(...choices: readonly T[]): ParseValue<T> {
  const parse: ParseValue<T> = (path, text) => {
    const choice = choices.find((candidate) => candidate === text);
    if (choice !== undefined) return accept(choice);
    return refuse(path, text, choices.map((candidate) => candidate || '(empty)').join(', '));
  };
  return withShape(parse, { kind: 'choice', choices });
}

/**
 * A format of log lines. Empty is json: `supervisor/start` sees whether there is a terminal, and
 * then sets the variable for every program.
 */
export const parseLogFormat: ParseValue<LogFormat> = (path, text) =>
  text === '' ? accept('json') : parseOneOf(...LOG_FORMATS)(path, text);

/** Takes any text. The parser of its parts has the issues. */
export const parseSecret: ParseValue<Secret> = (_path, text) => accept(new Secret(text));

/** Space-separated TCP ports. */
export const parsePorts: ParseValue<readonly number[]> = (path, text) => {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const isPort = (word: string) =>
    /^\d{1,5}$/.test(word) && Number(word) >= 1 && Number(word) < 65_536;
  const wrong = words.find((word) => !isPort(word));
  if (wrong !== undefined) return refuse(path, wrong, 'ports from 1 to 65535');
  return accept(words.map(Number));
};

export const parseBoolean: ParseValue<boolean> = withShape(
  (path, text) => {
    if (text === 'true' || text === 'false') return accept(text === 'true');
    return refuse(path, text, 'true or false');
  },
  { kind: 'boolean' },
);

/** The text of a regex; an empty one stays empty. */
export const parseRegex: ParseValue<string> = (path, text) =>
  isRegex(text) ? accept(text) : refuse(path, text, REGEX_ACCEPTED);

export const REGEX_ACCEPTED = String.raw`a regular expression such as (stable|nightly) or v\d+`;

export function isRegex(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

/** Space-separated words, each of which must match; an empty text is an empty list. */
export function parseWords(accepted: string, pattern: RegExp): ParseValue<readonly string[]> {
  return (path, text) => {
    const words = text.split(/\s+/).filter((word) => word !== '');
    const issues: Issue[] = words
      .filter((word) => !pattern.test(word))
      .map((word) => ({ path, found: quoteFound(word), accepted }));
    return issues.length > 0 ? reject(...issues) : accept(words);
  };
}

/** `127.0.0.1:8081`, `:8081` (every address) or `[::1]:8081`. */
export const parseListenAddress: ParseValue<string> = (path, text) => {
  const match = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-fA-F:]+\]|\*)?:(\d{1,5})$/.exec(text);
  const port = Number(match?.[1]);
  if (port >= 1 && port <= 65_535) return accept(text);
  return refuse(path, text, 'ADDRESS:PORT or :PORT, such as 127.0.0.1:8081');
};

/** An empty text stays empty, which turns the feature off. */
export function parseOptional(parse: ParseValue<string>): ParseValue<string> {
  return (path, text) => (text === '' ? accept(text) : parse(path, text));
}

/** A declaration, so that constants above can use it. */
function withShape<T>(
  parse: (path: string, text: string) => Parsed<T>,
  shape: ValueShape,
): ParseValue<T> {
  return Object.assign(parse, { shape });
}

function refuse(path: string, text: string, accepted: string): Parsed<never> {
  return reject({ path, found: quoteFound(text), accepted });
}
