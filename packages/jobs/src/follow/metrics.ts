import type { Metric } from '@registry-cache/runtime';
import type { FollowedState } from './followed-state.ts';

/** Metrics of the lists that are followed. */
export function buildMetrics(states: readonly FollowedState[]): readonly Metric[] {
  const of = (
    name: string,
    help: string,
    type: Metric['type'],
    read: (state: FollowedState) => number,
  ) =>
    states.map((state) => ({ name, help, type, value: read(state), labels: { list: state.list } }));
  return [
    ...of(
      'registry_cache_warm_last_success_timestamp_seconds',
      'When a followed list was last warmed without a failure; 0 for never.',
      'gauge',
      ({ succeededMs = 0 }) => Math.floor(succeededMs / 1000),
    ),
    ...of(
      'registry_cache_warm_failures_total',
      'Runs of a followed list that failed.',
      'counter',
      ({ failures }) => failures,
    ),
    ...of(
      'registry_cache_warm_failing',
      '1 while the last run of a followed list has failed.',
      'gauge',
      ({ failuresInARow }) => (failuresInARow > 0 ? 1 : 0),
    ),
  ];
}
