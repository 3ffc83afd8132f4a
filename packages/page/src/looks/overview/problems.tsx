import type { VerbOutput } from '@registry-cache/admin/contract';

type Problem = VerbOutput<'status'>['problems'][number];

/** Problems, before all else. */
export function Problems({ problems }: { readonly problems: readonly Problem[] }) {
  return (
    <section id="problems" aria-label="What is wrong" role="status">
      {problems.length === 0 ? (
        <p class="note good">Nothing is wrong.</p>
      ) : (
        <ul class="problems">
          {problems.map(({ code, message }) => (
            <li key={`${code} ${message}`} class="note bad">
              {message}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
