import type { VerbOutput } from '@registry-cache/admin/contract';
import { Badge, type Tone } from './badge.tsx';

type State = NonNullable<VerbOutput<'upstreams'>['upstreams']>[number]['state'];

const TONES: Readonly<Record<State, Tone>> = { up: 'good', down: 'bad', offline: 'plain' };

/** The state of an upstream. */
export function StateBadge({ state }: { readonly state: State }) {
  return <Badge tone={TONES[state]}>{state}</Badge>;
}
