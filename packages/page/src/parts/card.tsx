import type { ComponentChildren } from 'preact';

interface CardProps {
  /** Stable: tests and links use it. */
  readonly id: string;
  readonly title: string;
  /** The content beside the heading. */
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** A part of a look, with a heading of its own. */
export function Card({ id, title, aside, children }: CardProps) {
  return (
    <section class="card" id={id} aria-labelledby={`${id}-title`}>
      <header>
        <h2 id={`${id}-title`}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}
