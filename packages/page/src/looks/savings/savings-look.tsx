import { Answer } from '../../parts/answer.tsx';
import { Card } from '../../parts/card.tsx';
import { Title } from '../../parts/title.tsx';
import { AnswersPlot } from '../../plots/answers-plot.tsx';
import { BytesPlot } from '../../plots/bytes-plot.tsx';
import { SizePlot } from '../../plots/size-plot.tsx';
import { changeQuery } from '../../routes/use-route.ts';
import type { LookProps } from '../look-props.ts';
import { PeriodCard } from './period-card.tsx';

const WEEK_HOURS = 168;

/** Savings of the cache. */
export function SavingsLook({ query }: LookProps) {
  const hours = query.hours === String(WEEK_HOURS) ? WEEK_HOURS : 24;
  return (
    <>
      <Title title="Savings">What did the cache save: requests, bytes, time?</Title>
      <Answer verb="saved" input={{}} everyMs={10_000}>
        {({ periods }) => (
          <div class="cards">
            {periods.map((period) => (
              <PeriodCard key={period.period} period={period} />
            ))}
          </div>
        )}
      </Answer>
      <form class="filter" onSubmit={(event) => event.preventDefault()}>
        <label>
          Plots of
          <select
            id="hours"
            value={String(hours)}
            onChange={({ currentTarget: { value } }) => changeQuery('savings', { hours: value })}
          >
            <option value="24">the last day</option>
            <option value={String(WEEK_HOURS)}>the last week</option>
          </select>
        </label>
      </form>
      <Answer verb="trend" input={{ hours }} everyMs={30_000}>
        {({ points }) => (
          <div class="cards">
            <Card id="plot-requests" title="Requests">
              <AnswersPlot points={points} />
            </Card>
            <Card id="plot-bytes" title="Bytes">
              <BytesPlot points={points} />
            </Card>
            <Card id="plot-size" title="Size of the store">
              <SizePlot points={points} />
            </Card>
          </div>
        )}
      </Answer>
    </>
  );
}
