import { type EgressOptions, type PullForecast, SERVED_TYPES } from '@registry-cache/domain';
import type { RecentErrors } from './cache/recent-errors.ts';
import type { NextPullFacts } from './cache/tags/plan-next-pull.ts';
import type { SharedCache } from './cache/upstream-context.ts';
import { endpointNames } from './create-client.ts';
import type { AskedManifest } from './doors/forecast/serve-forecast.ts';
import { forecastPull } from './forecast-pull.ts';
import type { UpstreamStates } from './metrics/upstream-states.ts';

export interface ForecastDeps {
  readonly cache: Pick<SharedCache, 'tags' | 'pins' | 'revisions' | 'store' | 'checkBackoff'>;
  readonly recentErrors: Pick<RecentErrors, 'find'>;
  readonly states: Pick<UpstreamStates, 'list'>;
  readonly options: () => Pick<EgressOptions, 'storeRoot' | 'trust' | 'admission'>;
  readonly now: () => number;
}

/** Tells what the next pull of a client would do that takes every type of manifest. */
export function createForecast(
  deps: ForecastDeps,
): (asked: AskedManifest) => Promise<PullForecast> {
  return ({ upstream, repository, reference }) => {
    const { storeRoot, trust, admission } = deps.options();
    const { id: upstreamId, key, tags: tagRules } = upstream;
    return forecastPull(
      {
        ...{ ...deps.cache, storeRoot, trust, admission: admission?.rules, tagRules },
        upstream: stateOf(deps, upstream),
        repeated: findRepeated(deps, { upstream, repository, reference }),
        nowMs: deps.now(),
      },
      { upstreamId, key, repository, reference },
    );
  };
}

/** An upstream with a mirror that answers is up. */
function stateOf(
  { states }: ForecastDeps,
  upstream: AskedManifest['upstream'],
): NextPullFacts['upstream'] {
  if (upstream.offline) return 'offline';
  const names = endpointNames(upstream);
  const own = states.list().filter(({ name }) => names.includes(name));
  return own.length > 0 && own.every(({ state }) => state === 'down') ? 'down' : 'up';
}

const EVERYTHING = SERVED_TYPES.join(', ');

function findRepeated(
  { recentErrors }: ForecastDeps,
  { upstream, repository, reference }: AskedManifest,
): NextPullFacts['repeated'] {
  const target = `/v2/${repository}/manifests/${reference}`;
  const path = { kind: 'manifest', repository, reference } as const;
  const known = recentErrors.find(upstream.id, { target, accept: EVERYTHING, path });
  if (known === undefined) return undefined;
  const { error, untilMs } = known;
  return { status: error.status, message: error.message, untilMs };
}
