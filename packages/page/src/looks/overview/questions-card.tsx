import { Card } from '../../parts/card.tsx';
import type { Question } from './list-questions.ts';

/** The questions that the looks answer. */
export function QuestionsCard({ questions }: { readonly questions: readonly Question[] }) {
  return (
    <Card id="questions" title="What do you want to know?">
      <ul class="questions">
        {questions.map(({ text, href, hint }) => (
          <li key={text}>
            <a href={href}>{text}</a>
            {hint !== undefined && <span class="hint">{hint}</span>}
          </li>
        ))}
      </ul>
    </Card>
  );
}
