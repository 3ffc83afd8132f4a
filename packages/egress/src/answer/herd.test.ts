import { expect, test } from 'vitest';
import { AnswerError } from './answer-error.ts';
import { Herd } from './herd.ts';

const missing = () =>
  new AnswerError({ status: 404, code: 'MANIFEST_UNKNOWN', message: 'no', phase: 'test' });

/** Answers of the works in the order they began, each settled by hand. */
function openWorks() {
  const works: PromiseWithResolvers<string>[] = [];
  const work = () => {
    const begun = Promise.withResolvers<string>();
    works.push(begun);
    return begun.promise;
  };
  return { works, work };
}

test('an error of the first is everybody’s', async () => {
  const herd = new Herd();
  const { works, work } = openWorks();
  const answers = [1, 2, 3].map(() => herd.ask('key', work));
  works[0]?.reject(missing());
  const settled = await Promise.allSettled(answers);
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(works).toHaveLength(1);
  const later = herd.ask('key', work);
  works[1]?.resolve('now it is there');
  expect(await later).toBe('now it is there');
});

test('after a good answer each asks for itself; other keys do at once', async () => {
  const herd = new Herd();
  const { works, work } = openWorks();
  const answers = [herd.ask('a', work), herd.ask('a', work), herd.ask('b', work)];
  expect(works).toHaveLength(2);
  works[0]?.resolve('first');
  await answers[0];
  await Promise.resolve();
  works[1]?.resolve('other');
  works[2]?.resolve('second');
  expect(await Promise.all(answers)).toEqual(['first', 'second', 'other']);
});

test('when the first has gone, one of the others is first', async () => {
  const herd = new Herd();
  const { works, work } = openWorks();
  const answers = [1, 2, 3].map(() => herd.ask('key', work));
  works[0]?.reject(new DOMException('gone', 'AbortError'));
  await Promise.allSettled([answers[0]]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(works).toHaveLength(2);
  works[1]?.reject(missing());
  const settled = await Promise.allSettled(answers);
  expect(settled.map((one) => one.status === 'rejected' && one.reason.name)).toEqual([
    'AbortError',
    'AnswerError',
    'AnswerError',
  ]);
});
