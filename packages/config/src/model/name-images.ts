import {
  formatImagePattern,
  namePattern,
  parseImagePattern,
  type RegistryNames,
} from '@registry-cache/access';

/** Image patterns, by the names that images have here. */
export function nameImages(images: readonly string[], names: RegistryNames): string[] {
  return images.flatMap((text) => {
    const pattern = parseImagePattern('', text);
    return pattern.ok ? namePattern(pattern.value, names).map(formatImagePattern) : [text];
  });
}
