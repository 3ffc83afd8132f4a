import type { VerbOutput } from '@registry-cache/admin/contract';
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import { useMayChange } from '../../change/use-rights.ts';
import { formatDuration } from '../../format/format-age.ts';
import { Digest } from '../../parts/digest.tsx';

type Probe = NonNullable<VerbOutput<'explain'>['probe']>;

/** Asks the upstream about an image, once for each press of the button. */
export function ProbePart({ image }: { readonly image: string }) {
  const [isAsking, setAsking] = useState(false);
  const [probe, setProbe] = useState<Probe>();
  const mayChange = useMayChange();
  if (!mayChange) return null;
  const run = async () => {
    setAsking(true);
    try {
      const { answer } = await ask('explain', { image, probe: true });
      setProbe(answer.probe ?? { ms: 0, error: 'there is no upstream to ask' });
    } catch (error) {
      setProbe({ ms: 0, error: error instanceof Error ? error.message : String(error) });
    }
    setAsking(false);
  };
  return (
    <div class="probe">
      <button type="button" disabled={isAsking} onClick={() => void run()}>
        Ask the upstream now
      </button>
      <p role="status">{probe !== undefined && <Probed probe={probe} />}</p>
    </div>
  );
}

function Probed({ probe: { status, ms, digest, moved, error, remaining } }: { probe: Probe }) {
  if (error !== undefined) return <span class="why">{error}</span>;
  return (
    <>
      Status {status} in {formatDuration(ms)}
      {digest !== undefined && (
        <>
          , <Digest of={digest} />
          {moved !== undefined && (moved ? ', another digest than here' : ', as it is here')}
        </>
      )}
      {remaining !== undefined && `, ${remaining} pulls left`}
    </>
  );
}
