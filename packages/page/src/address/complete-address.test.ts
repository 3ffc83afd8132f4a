import { expect, it } from 'vitest';
import { completeAddress } from './complete-address.ts';

it.each([
  ['pull.test:5000', 'pull.test:5000'],
  ['pull.test', 'pull.test'],
  [':8443', 'admin.test:8443'],
  [':443', 'admin.test'],
])('the server tells %s, which is %s', (told, address) => {
  expect(completeAddress(told, 'admin.test')).toBe(address);
});

it('keeps the port beside a host without a dot', () => {
  expect(completeAddress(':443', 'localhost')).toBe('localhost:443');
});
