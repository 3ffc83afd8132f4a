import type { VerbName, VerbOutput } from '@registry-cache/admin/contract';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Input } from '../api/ask.ts';
import { Answer } from './answer.tsx';
import { More } from './more.tsx';
import { LIMITS } from './plan-limit.ts';

/** The verbs whose answers are lists, the newest entry first. */
type ListVerb = Extract<VerbName, 'misses' | 'fetches' | 'evictions' | 'refusals'>;

interface LongAnswerProps<Name extends ListVerb> {
  readonly verb: Name;
  /** Without a limit. With another one, the component wants another key. */
  readonly input: Input<Name>;
  readonly everyMs: number;
  /** How many entries of the list there are. */
  readonly count: (answer: VerbOutput<Name>) => number;
  readonly children: (answer: VerbOutput<Name>) => ComponentChildren;
}

/** Shows the first entries of a list, and more of them by a button. */
export function LongAnswer<Name extends ListVerb>(props: LongAnswerProps<Name>) {
  const { input, count, children, ...rest } = props;
  const [limit, setLimit] = useState(LIMITS[0] ?? 0);
  return (
    <Answer {...rest} input={{ ...input, limit }} keepsLast>
      {(answer, isLast) => (
        <>
          {children(answer)}
          <More shown={count(answer)} limit={limit} isAsking={isLast} onMore={setLimit} />
        </>
      )}
    </Answer>
  );
}
