import { DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST, SERVED_TYPES } from '@registry-cache/domain';
import { expect, test } from 'vitest';
import { Accepted, acceptAllStorable } from './accept.ts';

const ALL = SERVED_TYPES.join(', ');

test.each([
  [undefined, true],
  ['', true],
  ['*/*', true],
  ['application/*', true],
  [`${DOCKER_MANIFEST}, ${OCI_INDEX};q=0.5`, true],
  [OCI_INDEX.toUpperCase(), true],
  [DOCKER_MANIFEST, false],
  ['text/html, text/*', false],
  [`*/*, ${OCI_INDEX};q=0`, false],
  [`${DOCKER_MANIFEST}, ${OCI_INDEX} ; Q=0.0`, false],
])('Accept %j accepts an index: %s', (header, taken) => {
  expect(new Accepted(header).accepts(OCI_INDEX)).toBe(taken);
});

test('all headers that accept every storable type have one key', () => {
  for (const header of [undefined, '*/*', ALL, `text/html, ${ALL}`]) {
    expect(new Accepted(header).kind).toBe('any');
  }
  expect(new Accepted(OCI_INDEX).kind).toBe(OCI_INDEX);
});

test('a manifest may be chosen by the upstream if the client accepts no index', () => {
  expect(new Accepted(ALL).isSameForAll(OCI_MANIFEST)).toBe(true);
  expect(new Accepted(`${OCI_MANIFEST}, ${OCI_INDEX}`).isSameForAll(OCI_MANIFEST)).toBe(false);
  expect(new Accepted(OCI_INDEX).isSameForAll(OCI_INDEX)).toBe(true);
});

test('the header for a request by digest accepts every storable type', () => {
  expect(acceptAllStorable(undefined)).toBe(ALL);
  expect(acceptAllStorable('*/*')).toBe('*/*');
  expect(acceptAllStorable(`a/b, ${OCI_INDEX}`)).toBe(
    `a/b, ${OCI_INDEX}, ${SERVED_TYPES.slice(1).join(', ')}`,
  );
});
