import { useEffect, useRef, useState } from 'preact/hooks';
import { formatEnd, nextLimit } from './plan-limit.ts';

interface MoreProps {
  readonly shown: number;
  /** How many were asked for. */
  readonly limit: number;
  /** Whether a longer list is on its way. */
  readonly isAsking: boolean;
  readonly onMore: (limit: number) => void;
}

/** A button for more entries, where there may be more. The keyboard's focus stays at the end. */
export function More({ shown, limit, isAsking, onMore }: MoreProps) {
  const [wasUsed, setUsed] = useState(false);
  const end = useRef<HTMLParagraphElement>(null);
  const next = nextLimit(limit);
  const isEnd = !isAsking && (shown < limit || next === undefined);
  useEffect(() => {
    if (isEnd && wasUsed) end.current?.focus({ preventScroll: true });
  }, [isEnd, wasUsed]);
  if (isEnd) {
    if (!wasUsed) return null;
    return (
      <p ref={end} class="more quiet" role="status" tabIndex={-1}>
        {formatEnd(shown, limit)}
      </p>
    );
  }
  const ask = () => {
    if (isAsking || next === undefined) return;
    setUsed(true);
    onMore(next);
  };
  return (
    <p class="more">
      <button type="button" aria-disabled={isAsking} onClick={ask}>
        {isAsking ? 'Asking the cache …' : 'Show more'}
      </button>
    </p>
  );
}
