import { accept, type Parsed, quoteFound, reject } from './issue.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
};

export const DURATION_ACCEPTED =
  'a duration above zero as 30m, 90s, 1h2m3s, 250ms or 60d (units d, h, m, s, ms, largest first)';

/** Parses `1h2m3s` into milliseconds. Every unit may occur once, the largest first. */
export function parseDuration(path: string, text: string): Parsed<number> {
  const match = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(text.trim());
  const units = ['d', 'h', 'm', 's', 'ms'];
  const totalMs = (match?.slice(1) ?? []).reduce(
    (sum, digits, index) => sum + Number(digits ?? 0) * (UNIT_MS[units[index] ?? ''] ?? 0),
    0,
  );
  if (!Number.isSafeInteger(totalMs) || totalMs <= 0) {
    return reject({ path, found: quoteFound(text), accepted: DURATION_ACCEPTED });
  }
  return accept(totalMs);
}

/** Formats milliseconds as `1h2m3s`, and below a second as `250ms`. */
export function formatDuration(durationMs: number): string {
  let rest = Math.round(durationMs);
  let text = '';
  for (const [unit, unitMs] of Object.entries(UNIT_MS)) {
    const count = Math.floor(rest / unitMs);
    rest -= count * unitMs;
    if (count > 0) text += `${count}${unit}`;
  }
  return text === '' ? '0s' : text;
}
