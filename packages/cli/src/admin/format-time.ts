/** An ISO 8601 time without milliseconds. */
export function formatTime(iso: string): string {
  return iso.replace(/\.\d+Z$/, 'Z');
}
