import {
  askImages,
  type ImagesQuestion,
  type ListedImage,
  readWalk,
} from '@registry-cache/history';
import { type Pins, readPins } from '@registry-cache/pins';
import type { LsAnswer } from '../../contract/ls.ts';
import type { AnswerDeps } from '../answer-deps.ts';
import { formatTime } from '../format-time.ts';

/** The part of a second that a walk over the store may take of an answer. */
const WALK_MS = 600;

export async function answerLs(
  question: ImagesQuestion,
  { options, history, images, nameOf }: AnswerDeps,
): Promise<LsAnswer> {
  // The further pages belong to the walk of the first one.
  const isFirst = question.after === undefined && (question.skip ?? 0) === 0;
  const walk = isFirst ? images.refresh(WALK_MS) : undefined;
  const [pins] = await Promise.all([readPins(options.storeRoot), walk]);
  const isPinned = createIsPinned(pins, nameOf);
  const last = await history.ask(readWalk, undefined);
  const none = { total: 0, images: [] as ListedImage[] };
  const found = await history.ask((database) => askImages(database, question), none);
  return {
    ...(last !== undefined && { walked: formatTime(last.atMs) }),
    unlisted: last?.unlisted ?? 0,
    total: found.total,
    images: found.images.map((image) => {
      const { name, digest, platforms, ownBytes, sharedBytes, checkedMs, pulledMs, goneMs } = image;
      return {
        ...{ image: name, digest, platforms: [...platforms], ownBytes, sharedBytes },
        ...(checkedMs !== null && { checked: formatTime(checkedMs) }),
        ...(pulledMs !== null && { pulled: formatTime(pulledMs) }),
        ...(goneMs !== null && { gone: formatTime(goneMs) }),
        pinned: isPinned(image),
      };
    }),
  };
}

/** Pins have the ids of upstreams. */
function createIsPinned(
  { pins }: Pins,
  nameOf: AnswerDeps['nameOf'],
): (image: ListedImage) => boolean {
  const pinned = new Set(
    pins.map(({ upstreamId, repository, tag, digest }) => {
      return `${nameOf(upstreamId) ?? upstreamId} ${repository} ${tag ?? digest}`;
    }),
  );
  return ({ upstream, repository, tag, digest }) =>
    [tag, digest].some((reference) => pinned.has(`${upstream} ${repository} ${reference}`));
}
