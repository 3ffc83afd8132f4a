import type { VerbName, VerbOutput } from '@registry-cache/admin/contract';
import type { ComponentChildren } from 'preact';
import type { Input } from '../api/ask.ts';
import { useKnown } from '../api/use-known.ts';
import { Shield } from './shield.tsx';

interface AnswerProps<Name extends VerbName> {
  readonly verb: Name;
  readonly input: Input<Name>;
  readonly everyMs: number;
  readonly children: (answer: VerbOutput<Name>) => ComponentChildren;
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

function Asked<Name extends VerbName>({ verb, input, everyMs, children }: AnswerProps<Name>) {
  const { answer, error } = useKnown(verb, input, everyMs);
  if (answer !== undefined) {
    return (
      <>
        {error !== undefined && <p class="note warn">Not up to date: {error}</p>}
        {children(answer)}
      </>
    );
  }
  if (error !== undefined) return <p class="note bad">{error}</p>;
  return <p class="waiting">Asking the cache …</p>;
}
