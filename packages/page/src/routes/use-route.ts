import { useEffect, useState } from 'preact/hooks';
import { formatRoute, type Look, parseRoute, type Route } from './route.ts';

/** The route of the address, also after steps back. */
export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const follow = () => setRoute(parseRoute(location.hash));
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return route;
}

/** Goes to a look, as a link does. */
export function goTo(look: Look, query?: Readonly<Record<string, string>>): void {
  location.hash = formatRoute(look, query);
}

/** Changes what the present look is asked, without a further step for the button back. */
export function changeQuery(look: Look, query: Readonly<Record<string, string>>): void {
  history.replaceState(null, '', formatRoute(look, query));
  // `replaceState` tells nobody.
  dispatchEvent(new HashChangeEvent('hashchange'));
}
