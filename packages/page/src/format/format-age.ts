const UNITS = [
  { name: 'd', ms: 86_400_000 },
  { name: 'h', ms: 3_600_000 },
  { name: 'min', ms: 60_000 },
  { name: 's', ms: 1_000 },
] as const;

/** How long ago or ahead a time is, in one unit: `3 h ago`, `in 20 min`, `now`. */
export function formatAge(timeMs: number, nowMs: number): string {
  const ms = nowMs - timeMs;
  const unit = UNITS.find((one) => Math.abs(ms) >= one.ms);
  if (unit === undefined) return 'now';
  const text = `${Math.floor(Math.abs(ms) / unit.ms)} ${unit.name}`;
  return ms > 0 ? `${text} ago` : `in ${text}`;
}

/** A duration in two units at most: `2 d 3 h`, `4 min`, `1.5 s`, `80 ms`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1).replace('.0', '')} s`;
  const index = UNITS.findIndex((one) => ms >= one.ms);
  const [first, second] = UNITS.slice(index);
  if (first === undefined) return '0 s';
  const whole = Math.floor(ms / first.ms);
  const rest = second === undefined ? 0 : Math.floor((ms % first.ms) / second.ms);
  return rest === 0 || second === undefined
    ? `${whole} ${first.name}`
    : `${whole} ${first.name} ${rest} ${second.name}`;
}
