import { expect, it } from 'vitest';
import { listQuestions } from './list-questions.ts';

const NOTHING = { requests: 0, savedRequests: 0, servedBytes: 0, savedBytes: 0, savedMs: 0 };
const SINCE = '2026-11-30T10:00:00.000Z';
const STATUS = {
  ...{ version: '1.2.3', address: ':8443', now: SINCE, jobs: [], problems: [] },
  saved: { hour: NOTHING, day: { ...NOTHING, savedBytes: 2 ** 30 } },
};
const hints = (status: object) => {
  const questions = listQuestions({ ...STATUS, ...status });
  return questions.flatMap(({ hint }) => hint ?? []);
};

it('has the twelve questions, each with a look', () => {
  const questions = listQuestions(STATUS);
  expect(questions).toHaveLength(12);
  expect(questions.every(({ href }) => href.startsWith('#/'))).toBe(true);
  expect(new Set(questions.map(({ text }) => text)).size).toBe(12);
});

it('answers what the status knows already', () => {
  expect(hints({})).toEqual(['1 GiB', 'yes']);
  const limited = (name: string, remaining: number) => ({
    ...{ name, state: 'up', since: SINCE, rateLimit: { remaining, told: SINCE } },
  });
  const upstreams = [
    { name: 'ghcr.io', state: 'down', since: SINCE },
    limited('docker.io', 90),
    limited('other.test', 12),
  ];
  const problems = [{ code: 'configuration-refused', message: '' }];
  expect(hints({ upstreams, running: 1, problems })).toEqual([
    ...['ghcr.io', '12 left', '1 GiB', '1 fetch', 'no'],
  ]);
});
