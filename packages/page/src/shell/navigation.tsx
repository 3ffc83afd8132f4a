import { formatRoute, type Look, type Route } from '../routes/route.ts';
import { NAMES } from './names.ts';

/** An image is reached from the others. */
const LINKED = (Object.keys(NAMES) as Look[]).filter((look) => look !== 'image');

/** The links to all looks. */
export function Navigation({ route }: { readonly route: Route }) {
  const current = route.look === 'image' ? 'images' : route.look;
  return (
    <nav aria-label="Looks">
      <ul>
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
