import { useState } from 'preact/hooks';
import { formatPullCommands } from '../../format/format-pull-commands.ts';
import { Card } from '../../parts/card.tsx';
import { Copy } from '../../parts/copy.tsx';
import { Empty } from '../../parts/empty.tsx';
import { keep, readKept } from '../../settings/kept.ts';

/** The commands that pull the image through the cache. */
export function PullCard({ name }: { readonly name: string }) {
  const [address, setAddress] = useState(() => readKept('address') ?? `${location.hostname}:8443`);
  const commands = formatPullCommands(address, name);
  const change = (next: string) => {
    setAddress(next);
    keep('address', next);
  };
  return (
    <Card id="commands" title="How to pull it">
      <label class="field">
        Address of the cache
        <input
          id="address"
          value={address}
          spellcheck={false}
          autocomplete="off"
          onInput={({ currentTarget }) => change(currentTarget.value.trim())}
        />
      </label>
      <dl class="commands">
        {commands.map(({ client, command }) => (
          <div key={client}>
            <dt>{client}</dt>
            <dd>
              <Copy text={command} label={client} />
            </dd>
          </div>
        ))}
      </dl>
      {commands.length === 0 ? (
        <Empty>This is no name of an image.</Empty>
      ) : (
        <p class="quiet">A client that is set up for the cache pulls {name} by its own name.</p>
      )}
    </Card>
  );
}
