/**
 * Standard error of long work without its lines of progress. How many there are depends on how long
 * the work takes on this machine.
 */
export function withoutProgress(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => !line.startsWith('{"work":'));
  return lines.join('\n').trim();
}
