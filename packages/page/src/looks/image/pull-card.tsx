import { useAddress } from '../../address/use-address.ts';
import { formatPullCommands } from '../../format/format-pull-commands.ts';
import { Card } from '../../parts/card.tsx';
import { Copy } from '../../parts/copy.tsx';
import { Empty } from '../../parts/empty.tsx';

/** The commands that pull the image through the cache. */
export function PullCard({ name }: { readonly name: string }) {
  const { address, typed, type } = useAddress();
  const commands = formatPullCommands(address, name);
  return (
    <Card id="commands" title="How to pull it">
      <label class="field">
        Address of the cache
        <input
          id="address"
          value={typed ?? address}
          placeholder={address}
          spellcheck={false}
          autocomplete="off"
          aria-describedby="address-help"
          onInput={({ currentTarget }) => type(currentTarget.value.trim())}
        />
      </label>
      <p class="quiet" id="address-help">
        A container does not know its published ports. Another address can be put in here, and for
        everybody into <code>CLIENT_ADDRESS</code>.
      </p>
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
