import { beforeEach, describe, expect, it } from 'vitest';
import { BegunUploads, MOST_UPLOADS } from './begun-uploads.ts';

let begun: BegunUploads;

beforeEach(() => {
  begun = new BegunUploads();
});

const beginMany = (user: string, count: number) =>
  Promise.all(
    Array.from({ length: count }, (_, index) => begun.begin(user, async () => `${user} ${index}`)),
  );

describe('a user', () => {
  it('begins so many uploads and no more, also at the same time', async () => {
    const ids = await beginMany('ann', MOST_UPLOADS + 5);
    expect(ids.filter((id) => id === undefined)).toHaveLength(5);
    let isAsked = false;
    const open = async () => {
      isAsked = true;
      return 'one more';
    };
    expect(await begun.begin('ann', open)).toBeUndefined();
    expect(isAsked).toBe(false);
  });

  it('does not count for another one', async () => {
    await beginMany('ann', MOST_UPLOADS);
    expect(await begun.begin('bob', async () => 'of bob')).toBe('of bob');
  });

  it('begins another one when one has ended', async () => {
    await beginMany('ann', MOST_UPLOADS);
    begun.end('ann 7');
    begun.end('ann 7');
    begun.end('unknown');
    expect(await begun.begin('ann', async () => 'next')).toBe('next');
    expect(await begun.begin('ann', async () => 'too many')).toBeUndefined();
  });

  it('is not charged for an upload that could not begin', async () => {
    const fail = async () => {
      throw new Error('the engine is away');
    };
    for (let count = 0; count <= MOST_UPLOADS; count += 1) {
      await expect(begun.begin('ann', fail)).rejects.toThrow('the engine is away');
    }
    expect(await begun.begin('ann', async () => 'first')).toBe('first');
  });
});
