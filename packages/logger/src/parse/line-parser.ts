import { createBoundedMap } from '@registry-cache/runtime';
import { parseLine, type Served } from './parse-line.ts';

/** How the edge begins a line; then come the time, as `2026-03-01T00:00:00.000Z`, and the rest. */
const HEAD = '{"time": "';
const TIME_END = HEAD.length + '2026-03-01T00:00:00.000Z'.length;
const MAX_KNOWN = 256;

type LineParser = (line: string) => Served | 'garbage' | undefined;

/**
 * Parses lines as `parseLine` does, and lines that differ from one before in their time alone at
 * a fraction of the cost: hot content makes thousands of those a second.
 */
export function createLineParser(): LineParser {
  const known = createBoundedMap<string, Served>(MAX_KNOWN);
  return (line) => {
    if (!line.startsWith(HEAD)) return parseLine(line);
    const rest = line.slice(TIME_END);
    const same = known.get(rest);
    if (same !== undefined) {
      const timeMs = Date.parse(line.slice(HEAD.length, TIME_END));
      if (!Number.isNaN(timeMs)) return { ...same, timeMs };
    }
    const parsed = parseLine(line);
    if (typeof parsed !== 'object') return parsed;
    // A copy: a part of a line would keep the whole chunk of the file that it was read with.
    known.set(Buffer.from(rest, 'latin1').toString('latin1'), parsed);
    return parsed;
  };
}
