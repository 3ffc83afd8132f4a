import type { VerbOutput } from '@registry-cache/admin/contract';
import { formatSize } from '@registry-cache/domain/format-size';
import { formatMany } from '../../format/format-count.ts';
import { formatRoute } from '../../routes/route.ts';

type Status = VerbOutput<'status'>;

/** A question of an operator, and the look that answers it. */
export interface Question {
  readonly text: string;
  readonly href: string;
  /** The part of the answer that is known already. */
  readonly hint?: string | undefined;
}

/** Frequent questions of operators, in their words. */
export function listQuestions(status: Status): Question[] {
  const { saved, running, upstreams, problems } = status;
  const ill = (upstreams ?? []).filter(({ state }) => state === 'down').map(({ name }) => name);
  const isRefused = problems.some(({ code }) => code === 'configuration-refused');
  return [
    { text: 'Why was this a miss?', href: formatRoute('misses') },
    { text: 'Who pulled an image, how often, and when last?', href: formatRoute('images') },
    {
      text: 'When was a tag checked, and what does the next pull do?',
      href: formatRoute('images'),
    },
    { text: 'Which rule refused a request?', href: formatRoute('refusals') },
    { text: 'What was evicted, when, why, and for whom?', href: formatRoute('evictions') },
    { text: 'What will be evicted next?', href: formatRoute('evictions') },
    {
      text: 'Which upstream is ill, since when, and why?',
      href: formatRoute('upstreams'),
      hint: ill.length === 0 ? undefined : ill.join(', '),
    },
    {
      text: 'How many pulls are left at Docker Hub?',
      href: formatRoute('upstreams'),
      hint: hintOfLimits(upstreams),
    },
    {
      text: 'What did the cache save today?',
      href: formatRoute('savings'),
      hint: formatSize(saved.day.savedBytes),
    },
    {
      text: 'What is kept that its upstream has deleted?',
      href: formatRoute('images', { gone: 'true' }),
    },
    {
      text: 'What is being fetched now, and who waits for it?',
      href: formatRoute('fetches'),
      hint: running === undefined ? undefined : formatMany(running, 'fetch', 'fetches'),
    },
    {
      text: 'Is the configuration that runs the one in the files?',
      href: formatRoute('configuration'),
      hint: isRefused ? 'no' : 'yes',
    },
  ];
}

/** The fewest pulls that are left anywhere. */
function hintOfLimits(upstreams: Status['upstreams']): string | undefined {
  const left = (upstreams ?? []).flatMap(({ rateLimit }) => rateLimit?.remaining ?? []);
  return left.length === 0 ? undefined : `${Math.min(...left)} left`;
}
