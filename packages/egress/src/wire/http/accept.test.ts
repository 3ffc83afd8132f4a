import { DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST, SERVED_TYPES } from '@registry-cache/domain';
import { expect, test } from 'vitest';
import { Accepted, acceptAlso } from './accept.ts';

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
])('Accept %j: an index is taken: %s', (header, taken) => {
  expect(new Accepted(header).takes(OCI_INDEX)).toBe(taken);
});

test('all that take everything the store can hold are of one kind', () => {
  for (const header of [undefined, '*/*', ALL, `text/html, ${ALL}`]) {
    expect(new Accepted(header).kind).toBe('any');
  }
  expect(new Accepted(OCI_INDEX).kind).toBe(OCI_INDEX);
});

test('a lone manifest for who takes no index may be a choice of the upstream', () => {
  expect(new Accepted(ALL).isUnchosen(OCI_MANIFEST)).toBe(true);
  expect(new Accepted(`${OCI_MANIFEST}, ${OCI_INDEX}`).isUnchosen(OCI_MANIFEST)).toBe(false);
  expect(new Accepted(OCI_INDEX).isUnchosen(OCI_INDEX)).toBe(true);
});

test('by digest everything is taken that the store can hold', () => {
  expect(acceptAlso(undefined)).toBe(ALL);
  expect(acceptAlso('*/*')).toBe('*/*');
  expect(acceptAlso(`a/b, ${OCI_INDEX}`)).toBe(
    `a/b, ${OCI_INDEX}, ${SERVED_TYPES.slice(1).join(', ')}`,
  );
});
