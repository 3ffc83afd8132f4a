import { escapeUnprintable } from '@registry-cache/domain';

/**
 * A value as one line of JSON for standard output. `JSON.stringify` alone leaves characters that a
 * terminal obeys, such as U+009B, and that turn text around.
 */
export function formatJson(value: unknown): string {
  return escapeUnprintable(JSON.stringify(value));
}

export function printJson(value: unknown): void {
  console.log(formatJson(value));
}
