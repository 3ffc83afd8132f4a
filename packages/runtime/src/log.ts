import { escapeUnprintable, type LogFormat, type LogLevel } from '@registry-cache/domain';
import { type Logger, pino } from 'pino';
import { formatLogText } from './log-text.ts';

export type { Logger } from 'pino';

/**
 * Writes one line for each event on stdout. As `json`:
 * `{"level":"info","time":"2026-…","program":"cleaner","msg":"…",…}`; as `text`, what
 * `formatLogText` makes of it. Messages are static and lower-case; all variable parts are fields. Control characters
 * in a field are escaped, so that a line cannot control its reader's terminal.
 */
export function createLogger(
  program: string,
  level: LogLevel = 'info',
  format: LogFormat = 'json',
  output: { write(line: string): void } = pino.destination({ dest: 1, sync: true }),
): Logger {
  const options = {
    level,
    base: { program },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const shape = format === 'text' ? formatLogText : putMessageFirst;
  // The end of the line must not be escaped.
  const write = (line: string) => output.write(`${escapeUnprintable(shape(line.trimEnd()))}\n`);
  return pino(options, { write });
}

/** Puts the message before the fields, for people who read the JSON. pino puts it last. */
function putMessageFirst(line: string): string {
  const { level, time, program, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  return JSON.stringify({ level, time, program, msg, ...fields });
}
