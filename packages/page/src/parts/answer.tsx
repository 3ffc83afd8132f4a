import type { VerbName, VerbOutput } from '@registry-cache/admin/contract';
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import type { Input } from '../api/ask.ts';
import { useKnown } from '../api/use-known.ts';
import { Shield } from './shield.tsx';

interface AnswerProps<Name extends VerbName> {
  readonly verb: Name;
  readonly input: Input<Name>;
  readonly everyMs: number;
  /** Whether the last answer stays while that to another input is on its way. */
  readonly keepsLast?: boolean;
  /** @param isLast whether the answer is that to the input of before. */
  readonly children: (answer: VerbOutput<Name>, isLast: boolean) => ComponentChildren;
}

/**
 * Asks a verb again and again, and shows its answer. While there is none, it shows the reason; where
 * only the last question failed, it shows the last answer and the reason.
 */
export function Answer<Name extends VerbName>(props: AnswerProps<Name>) {
  return (
    <Shield>
      <Asked {...props} />
    </Shield>
  );
}

function Asked<Name extends VerbName>(props: AnswerProps<Name>) {
  const { verb, input, everyMs, keepsLast = false, children } = props;
  const known = useKnown(verb, input, everyMs);
  const { error } = known;
  const last = useRef(known.answer);
  if (known.answer !== undefined) last.current = known.answer;
  const answer = keepsLast ? last.current : known.answer;
  if (answer !== undefined) {
    return (
      <>
        {error !== undefined && <p class="note warn">Not up to date: {error}</p>}
        {children(answer, known.answer === undefined)}
      </>
    );
  }
  if (error !== undefined) return <p class="note bad">{error}</p>;
  return <p class="waiting">Asking the cache …</p>;
}
