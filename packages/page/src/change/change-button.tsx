import { useRef, useState } from 'preact/hooks';
import { change, type Input } from '../api/ask.ts';
import { refreshAll } from '../api/watch.ts';
import { useMayChange } from './use-rights.ts';

/** The verbs that this page asks for changes. */
type Change = 'pin' | 'unpin' | 'recheck' | 'reload';

interface ChangeButtonProps<Name extends Change> {
  readonly verb: Name;
  readonly input: Input<Name>;
  /** The word on the button, such as `Pin`. */
  readonly label: string;
  /** The effect, in a sentence. */
  readonly meaning: string;
}

/** A button for a change, which asks before it makes it. Users without the right see none. */
export function ChangeButton<Name extends Change>(props: ChangeButtonProps<Name>) {
  return useMayChange() ? <Button {...props} /> : null;
}

function Button<Name extends Change>({ verb, input, label, meaning }: ChangeButtonProps<Name>) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [isRunning, setRunning] = useState(false);
  const [error, setError] = useState<string>();
  const open = () => {
    setError(undefined);
    dialog.current?.showModal();
  };
  const run = async () => {
    setRunning(true);
    try {
      await change(verb, input);
      dialog.current?.close();
      refreshAll();
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure));
    }
    setRunning(false);
  };
  return (
    <>
      <button type="button" onClick={open}>
        {label}
      </button>
      <dialog ref={dialog} aria-label={label}>
        <h2>{label}</h2>
        <p>{meaning}</p>
        {error !== undefined && (
          <p class="note bad" role="alert">
            {error}
          </p>
        )}
        <div class="choices">
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="button" class="main" disabled={isRunning} onClick={() => void run()}>
            {label}
          </button>
        </div>
      </dialog>
    </>
  );
}
