import { Answer } from '../../parts/answer.tsx';
import { LongAnswer } from '../../parts/long-answer.tsx';
import { Title } from '../../parts/title.tsx';
import { changeQuery } from '../../routes/use-route.ts';
import type { LookProps } from '../look-props.ts';
import { MissesCard } from './misses-card.tsx';
import { RequestCard } from './request-card.tsx';

/** The grammar of a request's id. The server has the same. */
const ID = /^[\w.:+=-]{1,64}$/;

/** Why requests were misses. */
export function MissesLook({ query }: LookProps) {
  const { id = '', upstream = '' } = query;
  const narrow = (changed: Readonly<Record<string, string>>) => {
    changeQuery('misses', { ...query, ...changed });
  };
  return (
    <>
      <Title title="Misses">Why was this a miss? Why was it slow?</Title>
      <form class="filter" onSubmit={(event) => event.preventDefault()}>
        <label>
          Request
          <input
            id="request-id"
            value={id}
            placeholder="an X-Request-Id, of an answer or a log"
            spellcheck={false}
            autocomplete="off"
            maxLength={64}
            onChange={({ currentTarget: { value } }) => narrow({ id: value.trim() })}
          />
        </label>
        <label>
          Upstream
          <input
            id="upstream"
            value={upstream}
            placeholder="all of them"
            spellcheck={false}
            autocomplete="off"
            maxLength={255}
            onChange={({ currentTarget: { value } }) => narrow({ upstream: value.trim() })}
          />
        </label>
      </form>
      {id !== '' && !ID.test(id) && <p class="note warn">No request has such an id.</p>}
      {ID.test(id) && (
        <Answer key={id} verb="request" input={{ id }} everyMs={60_000}>
          {(request) => <RequestCard request={request} />}
        </Answer>
      )}
      <LongAnswer
        key={upstream}
        verb="misses"
        input={{ upstream }}
        everyMs={5_000}
        count={({ misses }) => misses.length}
      >
        {({ misses }) => <MissesCard misses={misses} />}
      </LongAnswer>
    </>
  );
}
