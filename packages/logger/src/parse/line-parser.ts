import { createBoundedMap } from '@registry-cache/runtime';
import { type Line, parseLine, readCount } from './parse-line.ts';

/**
 * The start of a line of the edge: what differs in each line. The rest repeats, while the same
 * client gets the same content.
 */
const HEAD =
  /^\{"time": "(?<time>[^"]{24})", "id": "[^"\\]{0,64}", "ms": (?<ms>-?\d{1,12}), "firstByteMs": (?<firstByteMs>-?\d{1,12}), /;
const MAX_KNOWN = 256;

type LineParser = (line: string) => Line | 'garbage';

/**
 * Parses lines like `parseLine`. A line that differs from an earlier one in its head only costs a
 * fraction of that. Hot content makes thousands of such lines a second.
 */
export function createLineParser(): LineParser {
  const known = createBoundedMap<string, Line>(MAX_KNOWN);
  return (line) => {
    const [head, time = '', ms, firstByteMs] = HEAD.exec(line) ?? [];
    if (head === undefined) return parseLine(line);
    const rest = line.slice(head.length);
    const same = known.get(rest);
    if (same !== undefined) {
      const timeMs = Date.parse(time);
      const answer = {
        ...same.answer,
        ms: readCount(Number(ms)),
        firstByteMs: readCount(Number(firstByteMs)),
      };
      if (same.served === undefined) return { answer, served: undefined };
      if (!Number.isNaN(timeMs)) return { answer, served: { ...same.served, timeMs } };
    }
    const parsed = parseLine(line);
    if (typeof parsed !== 'object') return parsed;
    // Copy it. A slice would keep the whole chunk in memory.
    known.set(Buffer.from(rest, 'latin1').toString('latin1'), parsed);
    return parsed;
  };
}
