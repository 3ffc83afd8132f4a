import { expect, it } from 'vitest';
import { Room } from './room.ts';

it('counts each blob and upload once', () => {
  const room = new Room();
  room.set('sha256:a', 10);
  room.set('sha256:a', 10);
  room.grow('upload', 5);
  room.grow('upload', 7);
  expect(room.heldBytes).toBe(22);
  expect(room.remove('upload')).toBe(12);
  expect(room.remove('upload')).toBe(0);
  expect(room.heldBytes).toBe(10);
});
