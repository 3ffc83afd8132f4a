import type { ComponentChildren } from 'preact';

/** Stands where nothing is to be shown, and says what that means or what to do. */
export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}
