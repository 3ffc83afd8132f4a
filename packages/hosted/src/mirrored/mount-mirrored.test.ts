import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stagingRepository } from '../store/staging.ts';
import {
  digestOf,
  type MirrorOptions,
  type OpenMirror,
  openMirror,
} from '../testing/open-mirror.ts';
import { createPushClient, LAYER } from '../testing/push-client.ts';

let stack: AsyncDisposableStack;
let mirror: OpenMirror;

beforeEach(() => {
  stack = new AsyncDisposableStack();
});

afterEach(() => stack.disposeAsync());

/** Egress would serve every blob. */
const open = async (options?: MirrorOptions) => {
  mirror = await openMirror(stack, { fetchPart: async () => undefined, ...options });
};
const { ask, pushBlob } = createPushClient(() => mirror);

describe('a mount', () => {
  const mount = (from: string, bytes = LAYER) =>
    ask('POST', `/v2/team/to/blobs/uploads/?mount=${digestOf(bytes)}&from=${from}`);

  it.each(['team/app', 'quay.test/team/app'])('from %s links the blob', async (from) => {
    await open();
    await pushBlob(LAYER);
    const answer = await mount(encodeURIComponent(from));
    expect(answer.status).toBe(201);
    expect(answer.headers.location).toBe(`/v2/team/to/blobs/${digestOf(LAYER)}`);
    expect(await mirror.target.hasLayer('team/to', digestOf(LAYER))).toBe(true);
  });

  it.each([
    ['a repository without it', 'team/empty'],
    ['another registry without it', 'other.test/team/app'],
    ['a hosted repository', 'apps/team/app'],
    ['no repository at all', '../../secret'],
    ['nothing', ''],
  ])('from %s begins an upload', async (_name, from) => {
    await open();
    await pushBlob(LAYER);
    await putHosted('apps/team/app');
    const answer = await mount(encodeURIComponent(from));
    expect(answer.status).toBe(202);
    expect(answer.headers.location).toMatch(/^\/v2\/team\/to\/blobs\/uploads\/[^/]+$/);
    expect(await mirror.target.hasLayer('team/to', digestOf(LAYER))).toBe(false);
    const end = `${answer.headers.location}?digest=${digestOf(LAYER)}`;
    expect((await ask('PUT', end, LAYER)).status).toBe(201);
    expect(await mirror.target.hasLayer('team/to', digestOf(LAYER))).toBe(true);
  });

  it('of a blob that the caller may not pull begins an upload', async () => {
    const asked: string[] = [];
    const mayPullBlob = async (_caller: unknown, image: string) => {
      asked.push(image);
      return false;
    };
    await open({ rights: { mayPullBlob } });
    await pushBlob(LAYER);
    expect((await mount('team/app')).status).toBe(202);
    expect(asked).toEqual(['quay.test/team/app']);
    expect(await mirror.target.hasLayer('team/to', digestOf(LAYER))).toBe(false);
  });

  it('of a blob that egress refuses begins an upload, which works', async () => {
    const asked: string[] = [];
    const fetchPart = async (repository: string, digest: string) => {
      asked.push(`${repository}@${digest}`);
      return 'no good signature (trust rule 1)';
    };
    await open({ fetchPart });
    await pushBlob(LAYER);
    expect((await mount('team/app')).status).toBe(202);
    expect(asked).toEqual([`team/app@${digestOf(LAYER)}`]);
    expect(await mirror.target.hasLayer('team/to', digestOf(LAYER))).toBe(false);
    await pushBlob(LAYER, 'team/to');
    expect(await mirror.target.hasLayer('team/to', digestOf(LAYER))).toBe(true);
  });

  it("into a hosted repository from an upstream's begins an upload", async () => {
    await open();
    await pushBlob(LAYER);
    for (const from of [
      'quay.test/team/app',
      'team/app',
      stagingRepository('quay.test', 'team/app'),
    ]) {
      const query = new URLSearchParams({ mount: digestOf(LAYER), from });
      const answer = await mirror.ask('POST', `/v2/apps/to/blobs/uploads/?${query}`);
      expect(answer.status).toBe(202);
      expect(await mirror.hosted.hasLayer('apps/to', digestOf(LAYER))).toBe(false);
    }
  });

  /** Pushes the layer into a hosted repository. */
  async function putHosted(repository: string): Promise<void> {
    const path = `/v2/${repository}/blobs/uploads/?digest=${digestOf(LAYER)}`;
    expect((await mirror.ask('POST', path, { body: LAYER })).status).toBe(201);
    expect(await mirror.hosted.hasLayer(repository, digestOf(LAYER))).toBe(true);
  }
});
