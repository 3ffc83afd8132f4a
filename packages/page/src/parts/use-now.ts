import { useEffect, useState } from 'preact/hooks';
import { readServerMs } from '../api/connection.ts';

const EVERY_MS = 5_000;

/** The server's time, which goes on while the component is shown. */
export function useNowMs(): number {
  const [nowMs, setNowMs] = useState(readServerMs);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(readServerMs()), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return nowMs;
}
