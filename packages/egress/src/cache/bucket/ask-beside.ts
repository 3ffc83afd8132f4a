/**
 * Asks for content while a question for the permission is under way. What comes is given out after
 * a yes alone.
 * @param discard gets what came and may not be given out.
 * @returns undefined after a no.
 * @throws what the permission or, after a yes, the content fails with.
 */
export async function askBeside<T>(
  permission: Promise<boolean>,
  ask: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
  discard: (unwanted: T) => void,
): Promise<T | undefined> {
  const refused = new AbortController();
  const asked = ask(AbortSignal.any([signal, refused.signal]));
  asked.catch(() => undefined);
  let isPermitted = false;
  try {
    isPermitted = await permission;
  } finally {
    if (!isPermitted) {
      refused.abort();
      asked.then(discard, () => undefined);
    }
  }
  return isPermitted ? asked : undefined;
}
