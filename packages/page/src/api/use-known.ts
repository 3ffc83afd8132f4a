import type { VerbName } from '@registry-cache/admin/contract';
import { useEffect, useState } from 'preact/hooks';
import { formatUrl, type Input } from './ask.ts';
import { type Known, watch } from './watch.ts';

/** Asks a verb while the component is shown, and draws it again after each answer. */
export function useKnown<Name extends VerbName>(
  name: Name,
  input: Input<Name>,
  everyMs: number,
): Known<Name> {
  const found = watch(name, input);
  const [, draw] = useState(0);
  const key = formatUrl(name, input);
  useEffect(
    () => found.subscribe(() => draw((count) => count + 1), everyMs),
    // The key stands for the watch: one that was forgotten meanwhile goes on here.
    [key, everyMs],
  );
  return found.known;
}
