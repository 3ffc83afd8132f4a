import { useEffect, useRef } from 'preact/hooks';
import { formatRoute, type Look, type Route } from '../routes/route.ts';
import { NAMES } from './names.ts';

/** An image is reached from the others. */
const LINKED = (Object.keys(NAMES) as Look[]).filter((look) => look !== 'image');

/** The links to all looks. */
export function Navigation({ route }: { readonly route: Route }) {
  const current = route.look === 'image' ? 'images' : route.look;
  const list = useRef<HTMLUListElement>(null);
  // On a narrow screen the links are a row that is wider than the screen.
  useEffect(() => {
    const link = list.current?.querySelector('[aria-current]');
    link?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [current]);
  return (
    <nav aria-label="Looks">
      <ul ref={list}>
        {LINKED.map((look) => (
          <li key={look}>
            <a href={formatRoute(look)} aria-current={look === current ? 'page' : undefined}>
              {NAMES[look]}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
