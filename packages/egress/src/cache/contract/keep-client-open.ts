/** Keeps the upstream's client open until the returned function is called. */
export type KeepClientOpen = () => () => void;

/** Keeps the upstream's client open for work that may outlive its request. */
export async function whileClientOpen<T>(
  { keepClientOpen }: { readonly keepClientOpen: KeepClientOpen },
  work: () => Promise<T>,
): Promise<T> {
  const release = keepClientOpen();
  try {
    return await work();
  } finally {
    release();
  }
}
