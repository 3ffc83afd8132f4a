import { escapeUnprintable, type LogLevel } from '@registry-cache/domain';
import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/**
 * One JSON line an event on stdout: `{"level":"info","time":"2026-…","program":"cleaner",…,"msg"}`.
 * Messages are static and lower-case; what varies is a field. Whatever a field has in it, the line
 * does nothing to the terminal of its reader.
 */
export function createLogger(
  program: string,
  level: LogLevel = 'info',
  output: { write(line: string): void } = pino.destination({ dest: 1, sync: true }),
): Logger {
  const options = {
    level,
    base: { program },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  // The line's own end is no part of what is shown.
  const write = (line: string) => output.write(`${escapeUnprintable(line.trimEnd())}\n`);
  return pino(options, { write });
}
