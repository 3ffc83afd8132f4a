import { Readable } from 'node:stream';
import { beforeEach, expect, test, vi } from 'vitest';
import type { BucketReply, BucketRequest } from './handler.ts';
import { openSdkBucket } from './sdk-bucket.ts';

const OPTIONS = {
  name: 'cache',
  prefix: '',
  region: 'eu-west-1',
  endpoint: 'http://bucket.test',
  isPathStyle: true,
};
const { signal } = new AbortController();

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  return () => vi.unstubAllEnvs();
});

/** A bucket that answers so, and the requests that it got. */
function open(
  answer: (request: BucketRequest) => Partial<BucketReply> & { readonly text?: string },
) {
  const seen: BucketRequest[] = [];
  const send = async (request: BucketRequest): Promise<BucketReply> => {
    seen.push(request);
    const { text = '', ...given } = answer(request);
    return { status: 200, headers: {}, body: Readable.from([Buffer.from(text)]), ...given };
  };
  return { bucket: openSdkBucket(OPTIONS, send, Date.now), seen };
}

test.each([-240_000, 240_000])(
  'a URL is signed by the clock of the bucket, which is %d ms ahead',
  async (aheadMs) => {
    const date = new Date(Date.now() + aheadMs).toUTCString();
    const { bucket } = open(() => ({ headers: { date, 'content-length': '9' } }));
    expect(await bucket.head('blobs/sha256/00', signal)).toMatchObject({ sizeBytes: 9 });
    const url = new URL(await bucket.presign('blobs/sha256/00', 60));
    const signed = url.searchParams.get('X-Amz-Date') ?? '';
    const iso = signed.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5');
    expect(Math.abs(Date.parse(iso) - Date.now() - aheadMs)).toBeLessThan(30_000);
    expect(url.searchParams.get('X-Amz-Expires')).toBe('60');
  },
);

const LIFECYCLE = `<LifecycleConfiguration><Rule><ID>logs</ID><Status>Enabled</Status>
<Filter><Prefix>logs/</Prefix></Filter><Expiration><Days>7</Days></Expiration></Rule></LifecycleConfiguration>`;
const OWN = LIFECYCLE.replaceAll('logs', 'registry-cache all');
const BOTH = LIFECYCLE.replace('</Lifecycle', `${/<Rule>.*<\/Rule>/s.exec(OWN)}</Lifecycle`);
const SMALLEST = 'x-amz-transition-default-minimum-object-size';

test('a rule of the lifecycle is added to what the operator has set', async () => {
  const { bucket, seen } = open(({ method }) =>
    method === 'GET' ? { headers: { [SMALLEST]: 'varies_by_storage_class' }, text: LIFECYCLE } : {},
  );
  await bucket.setLifecycle(30 * 86_400_000, signal);
  const [, put] = seen;
  expect(put).toMatchObject({
    method: 'PUT',
    headers: { [SMALLEST]: 'varies_by_storage_class' },
    body: expect.stringMatching(/<ID>logs<\/ID>.*<ID>registry-cache all<\/ID>/s),
  });
});

test.each([
  ['none at all', '<LifecycleConfiguration></LifecycleConfiguration>', undefined],
  ['those of others alone', LIFECYCLE, undefined],
  ['ours alone', OWN, 'DELETE'],
  ['ours among others', BOTH, 'PUT'],
])('our rule is removed from %s', async (_, text, method) => {
  const { bucket, seen } = open((request) =>
    request.method === 'GET' ? { headers: { [SMALLEST]: 'varies_by_storage_class' }, text } : {},
  );
  expect(await bucket.hasOwnRule(signal)).toBe(method !== undefined);
  await bucket.removeOwnRule(signal);
  const changes = seen.filter((request) => request.method !== 'GET');
  expect(changes.map((request) => request.method)).toEqual(method === undefined ? [] : [method]);
  if (method !== 'PUT') return;
  const [{ body = '', headers = {} } = {}] = changes;
  expect([String(body).includes('registry-cache'), String(body).includes('logs')]).toEqual([
    false,
    true,
  ]);
  expect(headers[SMALLEST]).toBe('varies_by_storage_class');
});
