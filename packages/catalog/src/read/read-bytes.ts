import { orMissingSync, readQuietly } from '@registry-cache/runtime';

/** The bytes of a file; undefined for a missing one, none for one over the limit. */
export function readBytes(file: string, maxBytes: number): Buffer | undefined {
  return orMissingSync(() => readQuietly(file, maxBytes));
}
