import { escapeUnprintable, type LogLevel } from '@registry-cache/domain';
import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/**
 * Writes one line of JSON for each event on stdout:
 * `{"level":"info","time":"2026-…","program":"cleaner",…,"msg"}`. Messages are static and
 * lower-case; all variable parts are fields. Control characters in a field are escaped, so that a
 * line cannot control its reader's terminal.
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
  // The end of the line must not be escaped.
  const write = (line: string) => output.write(`${escapeUnprintable(line.trimEnd())}\n`);
  return pino(options, { write });
}
