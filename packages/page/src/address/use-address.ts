import { useState } from 'preact/hooks';
import { useKnown } from '../api/use-known.ts';
import { keep, readKept } from '../settings/kept.ts';
import { completeAddress } from './complete-address.ts';

const EVERY_MS = 60_000;

/** Where clients reach the cache. */
export interface Address {
  /** As the user has typed it here; undefined before. */
  readonly typed: string | undefined;
  /** That, or what the server knows. */
  readonly address: string;
  readonly type: (text: string) => void;
}

export function useAddress(): Address {
  const [typed, setTyped] = useState(() => readKept('address'));
  const told = useKnown('status', {}, EVERY_MS).answer?.address;
  return {
    typed,
    // A field that was emptied again counts as never typed.
    address: typed || completeAddress(told ?? ':8443', location.hostname),
    type(text) {
      setTyped(text);
      keep('address', text);
    },
  };
}
