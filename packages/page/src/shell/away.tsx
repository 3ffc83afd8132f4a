import { useEffect, useState } from 'preact/hooks';
import { readConnection, subscribeToConnection } from '../api/connection.ts';
import { refreshAll } from '../api/watch.ts';

/** Says that the cache does not answer, and how old the rest of the page is. */
export function Away() {
  const [{ isAway, answeredMs }, setConnection] = useState(readConnection);
  useEffect(() => subscribeToConnection(() => setConnection(readConnection())), []);
  const since = answeredMs === undefined ? undefined : new Date(answeredMs).toLocaleTimeString();
  return (
    <div id="away" role="status">
      {isAway && (
        <p class="banner">
          <strong>The cache does not answer.</strong>{' '}
          {since === undefined
            ? 'The page asks again by itself.'
            : `What you see is from ${since}. The page asks again by itself.`}{' '}
          <button type="button" onClick={refreshAll}>
            Ask now
          </button>
        </p>
      )}
    </div>
  );
}
