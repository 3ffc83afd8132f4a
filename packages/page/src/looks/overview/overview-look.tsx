import type { VerbOutput } from '@registry-cache/admin/contract';
import { Answer } from '../../parts/answer.tsx';
import { Time } from '../../parts/time.tsx';
import { Title } from '../../parts/title.tsx';
import { listQuestions } from './list-questions.ts';
import { Problems } from './problems.tsx';
import { QuestionsCard } from './questions-card.tsx';
import { SavedCard } from './saved-card.tsx';
import { StoreCard } from './store-card.tsx';
import { UpstreamsCard } from './upstreams-card.tsx';
import { WorkCard } from './work-card.tsx';

/** How the cache is, at one look. */
export function OverviewLook() {
  return (
    <>
      <Title title="Overview">Is all well, and what did the cache save?</Title>
      <Answer verb="status" input={{}} everyMs={3_000}>
        {(status) => <Overview status={status} />}
      </Answer>
    </>
  );
}

function Overview({ status }: { readonly status: VerbOutput<'status'> }) {
  const { version, servingSince, problems, saved, store, upstreams, running, jobs } = status;
  return (
    <>
      <Problems problems={problems} />
      <div class="cards">
        <SavedCard saved={saved} />
        <StoreCard store={store} />
      </div>
      <div class="cards">
        <UpstreamsCard upstreams={upstreams} />
        <WorkCard running={running} jobs={jobs} />
      </div>
      <QuestionsCard questions={listQuestions(status)} />
      <p class="foot quiet">
        registry-cache {version}
        {servingSince !== undefined && (
          <>
            , started <Time at={servingSince} />
          </>
        )}
      </p>
    </>
  );
}
