import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setImmediate as nextEvent } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import { AnswerTurns } from './answer-turns.ts';

const LIMITS = {
  ...{ running: 3, runningOfOne: 2, waiting: 4, waitingOfOne: 3, waitMs: 1_000, answerMs: 5_000 },
};

/** Asks by names, and tells which have their turn. */
function open() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const turns = new AnswerTurns(LIMITS);
  const running: string[] = [];
  const refused: string[] = [];
  const ask = async (name: string, who = name.slice(0, 1)) => {
    const response = new FakeResponse();
    void turns.take(who, response as unknown as ServerResponse).then(
      () => {
        running.push(name);
        response.once('close', () => running.splice(running.indexOf(name), 1));
      },
      (error: Error) => refused.push(`${name}: ${error.message}`),
    );
    await nextEvent();
    return { end: () => response.destroy() };
  };
  return { ask, running, refused };
}

class FakeResponse extends EventEmitter {
  destroyed = false;

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.emit('close');
  }
}

it('gives each one a few turns, and others go before those who have them', async () => {
  const { ask, running } = open();
  const first = await ask('a1');
  await ask('a2');
  await ask('a3');
  await ask('b1');
  expect(running).toEqual(['a1', 'a2', 'b1']);
  await ask('b2');
  first.end();
  await nextEvent();
  expect(running).toEqual(['a2', 'b1', 'a3']);
});

it('refuses those who would wait behind too many of their own, or of all, or for too long', async () => {
  const { ask, refused, running } = open();
  for (const name of ['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'b1', 'b2', 'c1']) await ask(name);
  const busy = 'too many questions are being answered; try again later';
  expect(refused).toEqual([`a6: ${busy}`, `c1: ${busy}`]);
  vi.advanceTimersByTime(1_001);
  await nextEvent();
  expect(refused).toHaveLength(6);
  expect(running).toEqual(['a1', 'a2', 'b1']);
});

it('forgets those who leave while they wait', async () => {
  const { ask, running } = open();
  const first = await ask('a1');
  await ask('a2');
  const third = await ask('a3');
  await ask('a4');
  third.end();
  first.end();
  await nextEvent();
  expect(running).toEqual(['a2', 'a4']);
});

it('ends an answer that a client does not read', async () => {
  const { ask, running } = open();
  await ask('a1');
  await ask('a2');
  await ask('a3');
  vi.advanceTimersByTime(900);
  expect(running).toEqual(['a1', 'a2']);
  vi.advanceTimersByTime(4_200);
  await nextEvent();
  expect(running).toEqual([]);
});
