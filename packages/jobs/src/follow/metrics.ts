import type { MetricName } from '@registry-cache/domain';
import type { Metric } from '@registry-cache/runtime';
import type { FollowedState } from './followed-state.ts';

/** Metrics of the lists that are followed. */
export function buildMetrics(states: readonly FollowedState[]): readonly Metric[] {
  const of = (name: MetricName, read: (state: FollowedState) => number) =>
    states.map((state) => ({ name, value: read(state), labels: { list: state.list } }));
  return [
    ...of('registry_cache_warm_last_success_timestamp_seconds', ({ succeededMs = 0 }) =>
      Math.floor(succeededMs / 1000),
    ),
    ...of('registry_cache_warm_failures_total', ({ failures }) => failures),
    ...of('registry_cache_warm_failing', ({ failuresInARow }) => (failuresInARow > 0 ? 1 : 0)),
  ];
}
