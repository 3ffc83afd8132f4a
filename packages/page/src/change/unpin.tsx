import { ChangeButton } from './change-button.tsx';

/** Removes the pin of an image. */
export function Unpin({ image }: { readonly image: string }) {
  return (
    <ChangeButton
      verb="unpin"
      input={{ image }}
      label="Unpin"
      meaning={`From then on ${image} ages out like any other image, and a frozen tag moves again.`}
    />
  );
}
