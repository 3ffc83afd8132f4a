import { PassThrough } from 'node:stream';
import {
  type Bucket,
  BucketError,
  blobKey,
  type FoundObject,
  layerKey,
} from '@registry-cache/bucket';
import { expect, test } from 'vitest';
import { BucketReader } from './bucket-reader.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const PLACE = { upstreamId: 'up', repository: 'team/app' };
const FACTS = { sizeBytes: 3, modifiedMs: undefined };

/** A bucket whose answers the test gives, by the method and the key. */
function startReader() {
  const asked: string[] = [];
  const answers = new Map<string, PromiseWithResolvers<unknown>>();
  const wait = (name: string) => {
    asked.push(name);
    const answer = Promise.withResolvers<unknown>();
    answers.set(name, answer);
    return answer.promise;
  };
  const bucket = {
    name: 'shelf',
    head: (key: string) => wait(`HEAD ${key}`),
    get: (key: string) => wait(`GET ${key}`),
  };
  const reader = new BucketReader({
    bucket: bucket as unknown as Bucket,
    breaker: {
      admit: () => undefined,
      begin: () => ({
        answered: () => undefined,
        failed: () => undefined,
        gatewayFailed: () => undefined,
        end: () => undefined,
      }),
    },
    slowBodies: { isSlow: false, watch: (body) => body },
    lookupMs: 60_000,
    now: () => 0,
    onLookup: () => undefined,
    onWrongBytes: () => undefined,
  });
  return {
    reader,
    asked,
    answer: (name: string, value?: unknown) => answers.get(name)?.resolve(value),
    fail: (name: string, error: unknown) => answers.get(name)?.reject(error),
  };
}

const LINK = `HEAD ${layerKey(PLACE, DIGEST)}`;
const CONTENT = `GET ${blobKey(DIGEST)}`;

function open(reader: BucketReader, signal = new AbortController().signal) {
  return reader.open('layer', PLACE, DIGEST, { signal });
}

function makeObject(): FoundObject {
  const nothing = { contentRange: undefined, etag: undefined, modifiedMs: undefined };
  return { body: new PassThrough(), sizeBytes: 3, ...nothing };
}

test('asks for the link and the content at once, and gives nothing out before the link', async () => {
  const { reader, asked, answer } = startReader();
  const opened = open(reader);
  let isOut = false;
  void opened.then(() => {
    isOut = true;
  });
  expect(asked.toSorted()).toEqual([CONTENT, LINK]);
  const object = makeObject();
  answer(CONTENT, object);
  await new Promise(setImmediate);
  expect(isOut).toBe(false);
  answer(LINK, FACTS);
  expect(await opened).toMatchObject({ body: object.body });
});

test('closes content that comes before or after the link was refused', async () => {
  for (const order of [
    [CONTENT, LINK],
    [LINK, CONTENT],
  ]) {
    const { reader, answer } = startReader();
    const opened = open(reader);
    const object = makeObject();
    for (const name of order) {
      answer(name, name === LINK ? undefined : object);
      await new Promise(setImmediate);
    }
    expect(await opened).toBeUndefined();
    if (order[0] === CONTENT) expect(object.body.destroyed).toBe(true);
  }
});

test('a body that fails before the link was found ends no process, and its reader learns it', async () => {
  const { reader, answer } = startReader();
  const opened = open(reader);
  const object = makeObject();
  answer(CONTENT, object);
  await new Promise(setImmediate);
  object.body.destroy(new Error('reset'));
  await new Promise(setImmediate);
  answer(LINK, FACTS);
  const found = await opened;
  if (typeof found !== 'object') throw new Error('nothing was found');
  await expect(found.body.toArray()).rejects.toThrow('reset');
});

test('asks for the content alone where the link is known, and for nothing where it is missing', async () => {
  const { reader, asked, answer } = startReader();
  const first = open(reader);
  answer(LINK, FACTS);
  answer(CONTENT, makeObject());
  await first;
  asked.length = 0;
  const second = open(reader);
  expect(asked).toEqual([CONTENT]);
  answer(CONTENT, makeObject());
  await second;

  const other = startReader();
  const refused = open(other.reader);
  other.answer(LINK);
  await refused;
  other.asked.length = 0;
  expect(await open(other.reader)).toBeUndefined();
  expect(other.asked).toEqual([]);
});

test.each([401, 403])(
  'a refusal with %d is asked again, since it tells of no absence',
  async (status) => {
    const refusal = new BucketError('refused', status, 'AccessDenied', undefined);
    for (const name of [LINK, CONTENT]) {
      const { reader, asked, answer, fail } = startReader();
      const refused = open(reader);
      if (name === CONTENT) answer(LINK, FACTS);
      fail(name, refusal);
      expect(await refused).toBeUndefined();
      asked.length = 0;
      const allowed = open(reader);
      expect(asked).toContain(name);
      answer(LINK, FACTS);
      answer(CONTENT, makeObject());
      expect(await allowed).toBeDefined();
    }
  },
);

test('a caller that leaves ends both questions', async () => {
  const { reader } = startReader();
  const gone = new AbortController();
  const opened = open(reader, gone.signal);
  gone.abort(new Error('gone'));
  await expect(opened).rejects.toThrow('gone');
});
