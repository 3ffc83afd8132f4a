import type { ImagePattern } from '../image-pattern.ts';
import { type Effort, GlobLanguage, IMAGES, WORDS } from './glob-language.ts';

/** All that an image pattern speaks for. */
export interface ImageLanguage {
  readonly name: GlobLanguage;
  /** Undefined for the whole repository, with every tag and digest. */
  readonly tag: GlobLanguage | undefined;
}

export function languageOf({ parts, tag }: ImagePattern): ImageLanguage {
  return {
    name: new GlobLanguage(parts.join('/'), IMAGES),
    tag: tag === undefined ? undefined : new GlobLanguage(tag, WORDS),
  };
}

/**
 * Whether one pattern speaks for everything that another one speaks for. False where that is not
 * certain. A pattern with a tag never speaks for a whole repository.
 */
export function coversImages(one: ImageLanguage, other: ImageLanguage, effort: Effort): boolean {
  if (one.tag !== undefined) {
    if (other.tag === undefined || !one.tag.covers(other.tag, effort)) return false;
  }
  return one.name.covers(other.name, effort);
}
