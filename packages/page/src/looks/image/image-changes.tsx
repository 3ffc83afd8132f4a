import { ChangeButton } from '../../change/change-button.tsx';
import { Unpin } from '../../change/unpin.tsx';

interface ImageChangesProps {
  readonly image: string;
  readonly isPinned: boolean;
  /** Whether it is a tag that is here, so that it can be checked again. */
  readonly hasTag: boolean;
}

/** Changes of an image, for users with the right. */
export function ImageChanges({ image, isPinned, hasTag }: ImageChangesProps) {
  return (
    <span class="changes">
      {isPinned ? (
        <Unpin image={image} />
      ) : (
        <ChangeButton
          verb="pin"
          input={{ image }}
          label="Pin"
          meaning={`${image} stays in the store, whatever the limit is, until it is unpinned.`}
        />
      )}
      {hasTag && (
        <ChangeButton
          verb="recheck"
          input={{ image }}
          label="Recheck"
          meaning={`The next pull of ${image} asks its registry whether the tag has moved.`}
        />
      )}
    </span>
  );
}
