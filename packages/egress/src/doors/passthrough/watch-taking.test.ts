import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, it, vi } from 'vitest';
import { watchTaking } from './watch-taking.ts';

it('passes all bytes on, and lets the client pause for any time', async () => {
  const onPause = vi.fn();
  const body = new PassThrough();
  const read = buffer(watchTaking(body, 20, onPause));
  body.write('first ');
  await new Promise((resolve) => setTimeout(resolve, 60));
  body.end('last');
  expect((await read).toString()).toBe('first last');
  expect(onPause).not.toHaveBeenCalled();
});

it('tells of a reader that takes nothing, and leaves the body open', async () => {
  const body = Readable.from(Array.from({ length: 8 }, () => Buffer.alloc(64 * 1024)));
  const paused = new Promise<void>((resolve) => {
    const watched = watchTaking(body, 20, () => {
      watched.destroy();
      resolve();
    });
    watched.once('readable', () => undefined);
  });
  await paused;
  expect(body.destroyed).toBe(false);
});
