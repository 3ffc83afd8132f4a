import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { planParts } from './plan-parts.ts';

interface WindowedListProps {
  /** The name of the list for screen readers. */
  readonly label: string;
  readonly head: readonly string[];
  readonly total: number;
  readonly partRows: number;
  /** Draws the rows of a part, each with the class `row`. */
  readonly renderPart: (part: number) => ComponentChildren;
}

/** The narrow layout of `style/window.css` has higher rows. */
const NARROW = '(max-width: 760px)';
const ROW_PX = { wide: 44, narrow: 92 } as const;

/** A table that may have very many rows, of which it draws those that are seen. */
export function WindowedList({ label, head, total, partRows, renderPart }: WindowedListProps) {
  const body = useRef<HTMLDivElement>(null);
  const [{ scrolledPx, seenPx }, setSeen] = useState({ scrolledPx: 0, seenPx: 800 });
  const rowPx = useRowPx();
  const look = () => {
    const { scrollTop = 0, clientHeight = 0 } = body.current ?? {};
    setSeen({ scrolledPx: scrollTop, seenPx: clientHeight });
  };
  useLayoutEffect(look, [rowPx, total]);
  useEffect(() => {
    addEventListener('resize', look);
    return () => removeEventListener('resize', look);
  }, []);
  const parts = planParts({ total, rowPx, scrolledPx, seenPx, partRows });
  return (
    <div class="window" role="table" aria-label={label} aria-rowcount={total + 1}>
      <div role="rowgroup" class="window-head">
        <div role="row" aria-rowindex={1} class="row">
          {head.map((name) => (
            <span key={name} role="columnheader">
              {name}
            </span>
          ))}
        </div>
      </div>
      <div ref={body} role="rowgroup" class="window-body" tabIndex={0} onScroll={look}>
        <div role="presentation" class="window-space" style={{ height: `${total * rowPx}px` }}>
          {parts.map((part) => (
            <div
              key={part}
              role="presentation"
              class="window-part"
              style={{ top: `${part * partRows * rowPx}px` }}
            >
              {renderPart(part)}
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}

function useRowPx(): number {
  const [isNarrow, setNarrow] = useState(() => matchMedia(NARROW).matches);
  useEffect(() => {
    const narrow = matchMedia(NARROW);
    const follow = () => setNarrow(narrow.matches);
    narrow.addEventListener('change', follow);
    return () => narrow.removeEventListener('change', follow);
  }, []);
  return isNarrow ? ROW_PX.narrow : ROW_PX.wide;
}
