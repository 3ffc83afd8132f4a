import { writeSync } from 'node:fs';

/**
 * An output for `createLogger` that writes to stdout and keeps each line as JSON. A line of text
 * becomes the `msg` of one.
 */
export function keepLines(
  kept: string[],
  write: (line: string) => void = (line) => void writeSync(1, line),
): { write(line: string): void } {
  return {
    write(line) {
      write(line);
      const time = new Date().toISOString();
      const text = { time, program: 'config', msg: line.trimEnd() };
      kept.push(line.startsWith('{') ? line : `${JSON.stringify(text)}\n`);
    },
  };
}
