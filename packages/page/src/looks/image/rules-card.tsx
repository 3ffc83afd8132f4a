import type { VerbOutput } from '@registry-cache/admin/contract';
import { Answer } from '../../parts/answer.tsx';
import { Badge, type Tone } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { changeQuery } from '../../routes/use-route.ts';

type Explained = VerbOutput<'explain'>;
type Right = Explained['rights'][number];
type Check = NonNullable<Explained['checks']>[number];

const RIGHTS: readonly Column<Right>[] = [
  { head: 'Right', cell: ({ right }) => right },
  {
    head: 'Allowed',
    cell: ({ allowed }) => <Badge tone={allowed ? 'good' : 'bad'}>{allowed ? 'yes' : 'no'}</Badge>,
  },
  {
    head: 'By',
    cell: ({ reason, because }) => (because === undefined ? reason : `${reason}: ${because}`),
  },
];

const TONES: Readonly<Record<Check['outcome'], Tone>> = {
  admitted: 'good',
  refused: 'bad',
  waiting: 'warn',
  open: 'plain',
};

const CHECKS: readonly Column<Check>[] = [
  { head: 'Check', cell: ({ check, rules }) => `${check}, rule ${rules.join(', ') || 'none'}` },
  { head: 'Outcome', cell: ({ outcome }) => <Badge tone={TONES[outcome]}>{outcome}</Badge> },
  { head: 'Why', cell: ({ reason }) => reason },
];

interface RulesCardProps {
  readonly name: string;
  /** The user whose rights are shown; empty for a client without a login. */
  readonly user: string;
}

/** Which rules decide about an image, for one user. */
export function RulesCard({ name, user }: RulesCardProps) {
  const input = { image: name, ...(user !== '' && { user }) };
  return (
    <Card id="rules" title="Who may pull it">
      <label class="field">
        As the user
        <input
          id="user"
          value={user}
          placeholder="a client without a login"
          spellcheck={false}
          autocomplete="off"
          maxLength={256}
          onChange={({ currentTarget: { value } }) => {
            changeQuery('image', { name, user: value.trim() });
          }}
        />
      </label>
      <Answer verb="explain" input={input} everyMs={30_000}>
        {({ rights, checks = [], letIn }) => (
          <>
            {!letIn && <p class="note warn">The cache asks this client for a login first.</p>}
            <Table
              caption="Rights, and the rules that give them"
              columns={RIGHTS}
              rows={rights}
              keyOf={({ right }) => right}
            />
            {checks.length > 0 && (
              <Table
                caption="Checks of signatures and admission"
                columns={CHECKS}
                rows={checks}
                keyOf={({ check }) => check}
              />
            )}
          </>
        )}
      </Answer>
    </Card>
  );
}
