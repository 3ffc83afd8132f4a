import type { Look } from '../routes/route.ts';

/** The heading of each look, which its link and the window have too. */
export const NAMES: Readonly<Record<Look, string>> = {
  overview: 'Overview',
  images: 'Images',
  image: 'Image',
};
