/**
 * Writes content to standard output that is useless unless it is whole, such as a tar. A pipe that is
 * closed before its end is a failure. For other output it means that the reader has seen enough.
 */
export async function writeWhole<Result>(write: () => Promise<Result>): Promise<Result> {
  process.exitCode = 1;
  const result = await write();
  await new Promise<void>((resolve, reject) => {
    process.stdout.write('', (error) => (error ? reject(error) : resolve()));
  });
  process.exitCode = 0;
  return result;
}
