import { Answer } from '../../parts/answer.tsx';
import { Title } from '../../parts/title.tsx';
import { FollowedCard } from './followed-card.tsx';
import { JobsCard } from './jobs-card.tsx';

/** Long work. */
export function JobsLook() {
  return (
    <>
      <Title title="Jobs">What long work runs, how far is it, and how did the last jobs end?</Title>
      <Answer verb="jobs" input={{}} everyMs={3_000}>
        {({ jobs, followed, broken }) => (
          <>
            {broken > 0 && <p class="note warn">{broken} records of jobs cannot be read.</p>}
            <JobsCard jobs={jobs} />
            {followed.length > 0 && <FollowedCard followed={followed} />}
          </>
        )}
      </Answer>
    </>
  );
}
