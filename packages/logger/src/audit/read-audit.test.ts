import { expect, test } from 'vitest';
import { accessLine } from '../testing/store.ts';
import { readAudit } from './read-audit.ts';

const REGISTRIES = {
  'quay.io': { key: 'quay.io', host: 'quay.io' },
  'reg.example.com_5000_team-1a2b3c4d': {
    key: 'reg.example.com:5000/team',
    host: 'reg.example.com:5000',
  },
};
const DIGEST = `sha256:${'ab'.repeat(32)}`;

function read(fields: Parameters<typeof accessLine>[0]) {
  return readAudit(accessLine(fields).trim(), REGISTRIES);
}

test('a manifest that is here for the first time is a fetch of the user who asked', () => {
  const event = read({
    audit: 'entered',
    kind: 'manifest',
    reference: 'v1',
    digest: DIGEST,
    user: 'ann',
    way: 'mirror',
  });
  expect(event).toEqual({
    event: 'fetch',
    time: '2026-03-01T00:00:00.000Z',
    user: 'ann',
    from: '192.0.2.7',
    way: 'mirror',
    image: 'quay.io/podman/hello:v1',
    digest: DIGEST,
    id: '5f0c7b1e-0000-4000-8000-000000000000',
  });
});

test.each([
  ['rule 3: use "valkey" (8)', { rule: 3, because: 'use "valkey" (8)' }],
  ['rule 12', { rule: 12, because: undefined }],
  ['no rule allows it', { rule: undefined, because: 'no rule allows it' }],
])('a refusal tells right, image and rule of its message: %s', (reason, told) => {
  // A user of an issuer may have any name.
  const user = 'x may not fetch a.io/b (rule 1)';
  const message = `${user} may not pull docker.io:5000/library/redis:7 (${reason})`;
  const event = read({ audit: `refused ${encodeURIComponent(message)}`, status: 403 });
  expect(event).toMatchObject({
    event: 'refusal',
    image: 'docker.io:5000/library/redis:7',
    right: 'pull',
    ...told,
  });
});

test('a refusal in other words is its own reason', () => {
  const event = read({ audit: 'refused the%20image%20is%20not%20signed', reference: 'v1' });
  expect(event).toMatchObject({ event: 'refusal', because: 'the image is not signed' });
  expect(event).toMatchObject({ image: 'quay.io/podman/hello:v1' });
});

test('a failed login has the name that was tried', () => {
  const event = read({ audit: 'login %C3%A4nn%0A', status: 401, kind: 'ping', repository: '' });
  expect(event).toMatchObject({ event: 'login-failed', user: 'änn\n', because: 'wrong login' });
  expect(read({ audit: 'login ', status: 429 })?.because).toMatch(/^too many/);
});

test('a push through the proxy is named by its path', () => {
  const event = read({
    audit: 'pushed',
    method: 'PUT',
    way: 'proxy',
    upstream: 'reg.example.com_5000',
    repository: '',
    path: '/v2/team/app/manifests/v2',
  });
  expect(event).toMatchObject({ event: 'push', image: 'reg.example.com:5000/team/app:v2' });
});

test('an upstream with a namespace is named by its registry', () => {
  const event = read({
    audit: 'entered',
    upstream: 'reg.example.com_5000_team-1a2b3c4d',
    repository: 'team/app',
    reference: 'v2',
  });
  expect(event).toMatchObject({ image: 'reg.example.com:5000/team/app:v2' });
});

test.each([
  ['has none', accessLine({}).trim()],
  ['has none, as the edge writes it', '{"path": "/", "note": "", "way": "", "audit": ""}'],
  ['is older', '{"path": "/v2/", "note": ""}'],
  ['has an unknown one', '{"note": "", "audit": "constructor"}'],
  ['has it in what a client wrote', '{"path": "\\"audit\\": \\"entered\\"}"}'],
  ['is not JSON', 'x "audit": "entered"}'],
])('there is no event if a line %s', (_, line) => {
  expect(readAudit(line, REGISTRIES)).toBeUndefined();
});
