import { formatImage } from '../format/format-image.ts';
import { formatImageRoute } from '../routes/route.ts';

/** A link to an image by its name, or to the images of a repository. Digests are shown in part. */
export function ImageLink({ name }: { readonly name: string }) {
  const shown = formatImage(name);
  return (
    <a href={formatImageRoute(name)} title={shown === name ? undefined : name}>
      {shown}
    </a>
  );
}

/** Links to several images; a dash for none. */
export function ImageLinks({ names }: { readonly names: readonly string[] }) {
  if (names.length === 0) return <span class="quiet">–</span>;
  return (
    <span class="links">
      {names.map((name) => (
        <ImageLink key={name} name={name} />
      ))}
    </span>
  );
}
