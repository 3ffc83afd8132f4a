import { describe, expect, test } from 'vitest';
import { parseSettings } from '../settings/parse.ts';
import { planCapacity } from './capacity.ts';

const MIB = 1024 ** 2;

function plan(memoryMib: number, openFiles = 524_288, environment = {}) {
  const settings = parseSettings(environment);
  if (!settings.ok) throw new Error(JSON.stringify(settings.issues));
  return planCapacity({ memoryBytes: memoryMib * MIB, openFiles, settings: settings.value });
}

test('memory allows requests of a mebibyte each, and one source gets half of them', () => {
  expect(plan(1024)).toMatchObject({ requests: 422, requestsPerSource: 211, connections: 1688 });
  expect(plan(512)).toMatchObject({ requests: 128, requestsPerSource: 64 });
  expect(plan(64)).toMatchObject({ requests: 128, requestsPerSource: 64 });
  expect(plan(262_144)).toMatchObject({ requests: 4096, requestsPerSource: 2048 });
});

test('a setting limits the requests of one source', () => {
  const { requestsPerSource } = plan(1024, 524_288, { MAX_REQUESTS_PER_SOURCE: '40' });
  expect(requestsPerSource).toBe(40);
});

describe.each([1024, 4096, 20_000, 1_048_576])('with %i open files', (openFiles) => {
  test.each([128, 2048, 65_536])('and %i MiB of memory, no program needs more', (memoryMib) => {
    const capacity = plan(memoryMib, openFiles);
    // To start, HAProxy wants two files for each connection, half a file more where it has tunnels,
    // and some hundred others.
    expect(capacity.allConnections * 2.5 + 100).toBeLessThanOrEqual(openFiles);
    expect(capacity.nginxConnections).toBeLessThanOrEqual(openFiles);
    expect(capacity.connectionsPerSource).toBeLessThan(capacity.connections);
  });
});
