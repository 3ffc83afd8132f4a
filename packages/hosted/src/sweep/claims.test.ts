import { expect, it } from 'vitest';
import { Claims } from './claims.ts';

function createClaims() {
  let nowMs = 1_000_000;
  const claims = new Claims(() => nowMs);
  const pass = (seconds: number) => {
    nowMs += seconds * 1_000;
  };
  return { claims, pass };
}

it('end half a minute after the last byte of a push', () => {
  const { claims, pass } = createClaims();
  claims.claim('apps/a', 'x');
  for (let i = 0; i < 10; i += 1) {
    pass(25);
    claims.touch('apps/a');
  }
  expect(claims.isClaimed('apps/a', 'x')).toBe(true);
  pass(31);
  expect(claims.isClaimed('apps/a', 'x')).toBe(false);
});

it('end with the manifest, and speak for one repository', () => {
  const { claims } = createClaims();
  claims.claim('apps/a', 'x');
  expect(claims.isClaimed('apps/b', 'x')).toBe(false);
  claims.settle('apps/a', ['x']);
  expect(claims.isClaimed('apps/a', 'x')).toBe(false);
});

it('end after an hour, however long the push goes on', () => {
  const { claims, pass } = createClaims();
  claims.claim('apps/a', 'x');
  pass(3_601);
  claims.touch('apps/a');
  claims.forgetOld();
  expect(claims.isClaimed('apps/a', 'x')).toBe(false);
});
