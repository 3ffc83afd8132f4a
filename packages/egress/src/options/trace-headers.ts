import type { TraceHeadersFile } from '@registry-cache/domain';
import { type Logger, watchFile } from '@registry-cache/runtime';
import { parseTraceHeaders } from './schema.ts';

/**
 * Follows the file with the headers for the collector of traces.
 * @returns a function that gives its last good content; no headers before there is one.
 */
export function followTraceHeaders(file: string, log: Logger): () => Promise<TraceHeadersFile> {
  return watchFile<TraceHeadersFile>(
    file,
    {},
    {
      parse: parseTraceHeaders,
      onChange: () => undefined,
      onBroken: (error) =>
        log.error(
          { file: 'trace-headers', err: error instanceof Error ? error.message : String(error) },
          'kept the last good content of a file',
        ),
    },
  ).current;
}
