import { useEffect, useState } from 'preact/hooks';

interface ImageFilterProps {
  readonly pattern: string;
  readonly order: 'name' | 'size';
  /** Whether only those are listed that their upstreams have deleted. */
  readonly isGone: boolean;
  readonly onChange: (changed: Readonly<Record<string, string>>) => void;
}

/** People type several letters, and want one answer. */
const PAUSE_MS = 200;

/** Narrows and orders the list of images. */
export function ImageFilter({ pattern, order, isGone, onChange }: ImageFilterProps) {
  const [typed, setTyped] = useState(pattern);
  useEffect(() => setTyped(pattern), [pattern]);
  useEffect(() => {
    if (typed === pattern) return;
    const timer = setTimeout(() => onChange({ pattern: typed }), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <form class="filter" onSubmit={(event) => event.preventDefault()}>
      <label>
        Name
        <input
          id="pattern"
          type="search"
          value={typed}
          placeholder="part of the name, or * for any text"
          autocomplete="off"
          spellcheck={false}
          maxLength={256}
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
        />
      </label>
      <label>
        Order
        <select
          id="order"
          value={order}
          onChange={({ currentTarget }) => onChange({ sort: currentTarget.value })}
        >
          <option value="name">by name</option>
          <option value="size">largest first</option>
        </select>
      </label>
      <label class="check">
        <input
          id="gone"
          type="checkbox"
          checked={isGone}
          onChange={({ currentTarget: { checked } }) => onChange({ gone: checked ? 'true' : '' })}
        />
        Only those that their upstream has deleted
      </label>
    </form>
  );
}
