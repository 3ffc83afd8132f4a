import { Answer } from '../../parts/answer.tsx';
import { LongAnswer } from '../../parts/long-answer.tsx';
import { Title } from '../../parts/title.tsx';
import { changeQuery } from '../../routes/use-route.ts';
import type { LookProps } from '../look-props.ts';
import { PastFetches } from './past-fetches.tsx';
import { RunningFetches } from './running-fetches.tsx';

/** Fetches of now and of lately. */
export function FetchesLook({ query: { at = '' } }: LookProps) {
  const isTime = !Number.isNaN(Date.parse(at));
  return (
    <>
      <Title title="Fetches">
        What is being fetched now, and who waits for it? It was slow at ten: what was fetched then?
      </Title>
      <Answer verb="fetches" input={{ limit: 1 }} everyMs={2_000}>
        {({ running }) => <RunningFetches running={running} />}
      </Answer>
      <form class="filter" onSubmit={(event) => event.preventDefault()}>
        <label>
          Only fetches that ran at this time
          <input
            id="at"
            type="datetime-local"
            value={isTime ? formatLocal(at) : ''}
            onChange={({ currentTarget: { value } }) => {
              changeQuery('fetches', { at: value === '' ? '' : new Date(value).toISOString() });
            }}
          />
        </label>
      </form>
      <LongAnswer
        key={at}
        verb="fetches"
        input={isTime ? { at } : {}}
        everyMs={10_000}
        count={({ past }) => past.length}
      >
        {({ past }) => <PastFetches past={past} at={isTime ? at : undefined} />}
      </LongAnswer>
    </>
  );
}

/** As the field wants it: `2026-11-30T10:00`, in the time of this computer. */
function formatLocal(time: string): string {
  const date = new Date(time);
  const localMs = date.getTime() - date.getTimezoneOffset() * 60_000;
  return new Date(localMs).toISOString().slice(0, 16);
}
