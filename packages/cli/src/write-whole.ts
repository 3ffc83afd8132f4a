/**
 * Writes to standard output what is nothing by halves, such as a tar. Until all of it has left, a pipe
 * that is closed is a failure, and not the end of a reader that has enough.
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
