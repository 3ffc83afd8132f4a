import type { VerbOutput } from '@registry-cache/admin/contract';
import { useKnown } from '../api/use-known.ts';

const EVERY_MS = 60_000;

/** The user of the page, with the rights. Undefined until the server has said so. */
export function useWhoami(): VerbOutput<'whoami'> | undefined {
  return useKnown('whoami', {}, EVERY_MS).answer;
}

/** Whether the user may change things. Until the server has said so, nobody may. */
export function useMayChange(): boolean {
  return useWhoami()?.rights.includes('admin') ?? false;
}
