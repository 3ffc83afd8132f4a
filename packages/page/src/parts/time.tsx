import { formatAge, formatDuration } from '../format/format-age.ts';
import { useNowMs } from './use-now.ts';

/** An age, with the whole time where the pointer rests; a dash for none. */
export function Time({ at }: { readonly at: string | undefined }) {
  const nowMs = useNowMs();
  if (at === undefined) return <span class="quiet">–</span>;
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()}>
      {formatAge(Date.parse(at), nowMs)}
    </time>
  );
}

/** How long something lasts that began then: `for 3 h`. */
export function Lasting({ since }: { readonly since: string }) {
  const nowMs = useNowMs();
  return (
    <time dateTime={since} title={new Date(since).toLocaleString()}>
      for {formatDuration(Math.max(nowMs - Date.parse(since), 0))}
    </time>
  );
}
