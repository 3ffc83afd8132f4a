import { expect, it } from 'vitest';
import { UpstreamStates } from './upstream-states.ts';

it('tells since when an upstream is down, why, and its rate limit', () => {
  let nowMs = 1000;
  const told: unknown[] = [];
  const states = new UpstreamStates(
    () => nowMs,
    (...state) => told.push(state),
  );
  states.begin('docker.io', false);
  states.begin('quay.io', true);
  nowMs = 2000;
  states.showRateLimit('docker.io', { limit: 100, remaining: 7 });
  nowMs = 3000;
  states.showDown('docker.io', 'connection refused');
  states.showRateLimit('docker.io', {});
  expect(states.list()).toEqual([
    {
      name: 'docker.io',
      state: 'down',
      sinceMs: 3000,
      reason: 'connection refused',
      rateLimit: { limit: 100, remaining: 7, toldMs: 2000 },
    },
    { name: 'quay.io', state: 'offline', sinceMs: 1000 },
  ]);
  nowMs = 4000;
  states.showUp('docker.io');
  states.showRateLimit('docker.io', { remaining: 6 });
  expect(states.list()[0]).toEqual({
    name: 'docker.io',
    state: 'up',
    sinceMs: 4000,
    rateLimit: { limit: 100, remaining: 6, toldMs: 4000 },
  });
  expect(told).toEqual([
    ['docker.io', 'up'],
    ['docker.io', 'down', 'connection refused'],
    ['docker.io', 'up'],
  ]);
});

it('forgets removed upstreams, also if their old client still tells something', () => {
  const states = new UpstreamStates(() => 0);
  states.begin('gone.example', false);
  states.begin('quay.io', false);
  states.begin('ghcr.io', false);
  states.keep(['ghcr.io', 'quay.io']);
  states.showDown('gone.example', 'silence');
  expect(states.list().map(({ name }) => name)).toEqual(['ghcr.io', 'quay.io']);
});
