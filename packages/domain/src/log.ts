import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * One JSON line an event on stdout: `{"level":"info","time":"2026-…","program":"cleaner",…,"msg"}`.
 * Messages are static and lower-case; what varies is a field.
 */
export function createLogger(program: string, level: LogLevel = 'info'): Logger {
  return pino({
    level,
    base: { program },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
}
