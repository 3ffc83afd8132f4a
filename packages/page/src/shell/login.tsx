import { useWhoami } from '../change/use-rights.ts';
import { formatRoute, type Route } from '../routes/route.ts';

/**
 * Says who is logged in, and leads to the login of the browser, which sends the login with each
 * question from then on. The server leads back to the same look.
 */
export function Login({ route: { look, query } }: { readonly route: Route }) {
  const { user, mayLogIn = false } = useWhoami() ?? {};
  if (user === undefined) {
    return mayLogIn ? (
      <a class="login" href={`/login${formatRoute(look, query)}`}>
        Log in
      </a>
    ) : null;
  }
  return (
    <span class="login">
      <span class="sr">Logged in as </span>
      <span id="logged-in" title={user}>
        {user}
      </span>{' '}
      {mayLogIn && <a href="/logout">Log out</a>}
    </span>
  );
}
