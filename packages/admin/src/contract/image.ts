import * as z from 'zod/mini';

/** The image that a change is about: a tag or a digest. */
export const image = z
  .string('an image, such as quay.io/team/app:v1')
  .check(
    z.minLength(1, 'an image, such as quay.io/team/app:v1'),
    z.maxLength(1024, 'an image of at most 1024 characters'),
    z.describe('An image as any client writes it, such as `quay.io/team/app:v1`.'),
  );
