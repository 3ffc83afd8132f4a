import { expect, test } from 'vitest';
import { accessLine } from '../testing/store.ts';
import { readNote } from './read-note.ts';

test('finds the note, with the client of the request', () => {
  const line = accessLine({
    note: 'docker-without-login',
    agent: 'docker/28.1',
    client: '192.0.2.9',
  });
  const path = '/v2/quay.io/podman/hello/blobs/';
  const noted = { note: 'docker-without-login', agent: 'docker/28.1', client: '192.0.2.9', path };
  expect(readNote(line.trim())).toEqual(noted);
  expect(readNote(line.trim().replace('"note":', '"note": '))).toEqual(noted);
});

test.each([
  ['has none', accessLine({}).trim()],
  ['has none, as the edge writes it', '{"path": "/", "note": ""}'],
  ['is older', '{"path": "/v2/"}'],
  ['has an unknown one', '{"note": "something-new"}'],
  ['has it in what a client wrote', '{"path": "\\"note\\": \\"too-many-requests\\"}"}'],
  ['is not JSON', 'x "note": "too-many-requests"}'],
])('finds none if a line %s', (_, line) => {
  expect(readNote(line)).toBeUndefined();
});
