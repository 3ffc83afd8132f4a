import type { CheckAnswer } from '@registry-cache/admin';

/** Whether the files are in use, and the last change. */
export function formatCheck({ inUse, changes }: CheckAnswer): string[] {
  const [last] = changes;
  const state = {
    true: 'the running cache uses the newest files',
    false: 'the running cache does not use the newest files: the last good configuration stays',
    undefined: 'the running cache has not looked at the files yet',
  }[`${inUse}`];
  if (last === undefined) return [state];
  return [state, `last change: ${last.time} ${last.refused ? 'refused, ' : ''}${last.what}`];
}
