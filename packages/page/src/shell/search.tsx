import { useEffect, useRef } from 'preact/hooks';
import { goTo } from '../routes/use-route.ts';

/** Finds images by a part of their names. The key `/` leads here. */
export function Search() {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const follow = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof HTMLElement && event.target.matches('input, select, textarea')) {
        return;
      }
      event.preventDefault();
      input.current?.focus();
    };
    addEventListener('keydown', follow);
    return () => removeEventListener('keydown', follow);
  }, []);
  const search = (event: Event) => {
    event.preventDefault();
    goTo('images', { pattern: input.current?.value.trim() ?? '' });
  };
  return (
    <form role="search" onSubmit={search}>
      <label class="sr" for="search">
        Search images
      </label>
      <input
        ref={input}
        id="search"
        type="search"
        placeholder="Search images"
        autocomplete="off"
        spellcheck={false}
        maxLength={256}
        aria-keyshortcuts="/"
      />
    </form>
  );
}
