/** Says something on standard error that is no reason to stop. */
export function warn(text: string): void {
  process.stderr.write(`registry-cache: ${text}\n`);
}
