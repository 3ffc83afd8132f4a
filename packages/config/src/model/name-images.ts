import { formatImagePattern, nameAsHere, parseImagePattern } from '@registry-cache/access';

/** The names of registries here: aliases, and short names of Docker Hub. */
export type OwnNames = Parameters<typeof nameAsHere>[1];

/** Image patterns, by the names that images have here. */
export function nameImages(images: readonly string[], names: OwnNames): string[] {
  return images.map((text) => {
    const pattern = parseImagePattern('', text);
    return pattern.ok ? formatImagePattern(nameAsHere(pattern.value, names)) : text;
  });
}
