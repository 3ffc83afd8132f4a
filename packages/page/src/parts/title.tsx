import type { ComponentChildren } from 'preact';

interface TitleProps {
  readonly title: string;
  /** The question that the look answers. */
  readonly children?: ComponentChildren;
}

/** The heading of a look. Steps between looks put the focus here. */
export function Title({ title, children }: TitleProps) {
  return (
    <header class="title">
      <h1 id="title" tabIndex={-1}>
        {title}
      </h1>
      {children !== undefined && <p>{children}</p>}
    </header>
  );
}
