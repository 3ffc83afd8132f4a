import { useKnown } from '../api/use-known.ts';

const EVERY_MS = 60_000;

/** Whether the user may change things. Until the server has said so, nobody may. */
export function useMayChange(): boolean {
  return useKnown('whoami', {}, EVERY_MS).answer?.rights.includes('admin') ?? false;
}
