/**
 * The text of a value that needs no quotes: nothing in it ends or continues a field. Only ASCII,
 * since other characters look like a blank (U+2800, U+3164) or like an equals sign (U+FF1D).
 */
const BARE = /^[^\s"=,\\\u0080-\uffff]+$/;

/**
 * Turns a line of JSON into a line for people: time, level, program, message, and the other fields
 * as `key=value`. Lists have commas, and text with a space has quotes. An error shows its message;
 * its stack is in the JSON alone.
 *
 * @param line an object with `time`, `level`, `program` and `msg`, as `createLogger` makes it.
 */
export function formatLogText(line: string): string {
  const { time, level, program, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const head = [String(time), String(level).toUpperCase().padEnd(5), `${String(program)}:`];
  const shown = Object.entries(fields).map(([name, value]) => `${name}=${formatValue(value)}`);
  return [...head, ...(msg === undefined ? [] : [String(msg)]), ...shown].join(' ');
}

function formatValue(value: unknown): string {
  if (typeof value === 'string') return BARE.test(value) ? value : JSON.stringify(value);
  if (Array.isArray(value) && value.length > 0 && value.every(isScalar)) {
    return value.map(formatValue).join(',');
  }
  return isError(value) ? formatError(value) : JSON.stringify(value);
}

function isScalar(value: unknown): boolean {
  return typeof value !== 'object';
}

/** Whether pino made the value of an error. */
function isError(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && 'message' in value && 'stack' in value;
}

function formatError({ type, message, stack: _, ...more }: Record<string, unknown>): string {
  if (Object.keys(more).length === 0) return formatValue(message);
  return JSON.stringify({ type, message, ...more });
}
