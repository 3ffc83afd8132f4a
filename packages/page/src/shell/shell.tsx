import type { ComponentType } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { ConfigurationLook } from '../looks/configuration/configuration-look.tsx';
import { EvictionsLook } from '../looks/evictions/evictions-look.tsx';
import { FetchesLook } from '../looks/fetches/fetches-look.tsx';
import { ImageLook } from '../looks/image/image-look.tsx';
import { ImagesLook } from '../looks/images/images-look.tsx';
import { JobsLook } from '../looks/jobs/jobs-look.tsx';
import type { LookProps } from '../looks/look-props.ts';
import { MissesLook } from '../looks/misses/misses-look.tsx';
import { OverviewLook } from '../looks/overview/overview-look.tsx';
import { PinsLook } from '../looks/pins/pins-look.tsx';
import { RefusalsLook } from '../looks/refusals/refusals-look.tsx';
import { SavingsLook } from '../looks/savings/savings-look.tsx';
import { UpstreamsLook } from '../looks/upstreams/upstreams-look.tsx';
import { Shield } from '../parts/shield.tsx';
import { formatRoute, type Look, type Route } from '../routes/route.ts';
import { useRoute } from '../routes/use-route.ts';
import { Away } from './away.tsx';
import { Login } from './login.tsx';
import { NAMES } from './names.ts';
import { Navigation } from './navigation.tsx';
import { Search } from './search.tsx';
import { ThemeButton } from './theme-button.tsx';

const LOOKS: Readonly<Record<Look, ComponentType<LookProps>>> = {
  overview: OverviewLook,
  images: ImagesLook,
  image: ImageLook,
  misses: MissesLook,
  fetches: FetchesLook,
  evictions: EvictionsLook,
  upstreams: UpstreamsLook,
  refusals: RefusalsLook,
  savings: SavingsLook,
  pins: PinsLook,
  jobs: JobsLook,
  configuration: ConfigurationLook,
};

/** The frame around the looks. */
export function Shell() {
  const route = useRoute();
  useFocusOnTitle(route);
  const Shown = LOOKS[route.look];
  return (
    <>
      <header id="top">
        <button type="button" class="skip" onClick={skipToTitle}>
          Skip to the content
        </button>
        <a class="brand" href={formatRoute('overview')}>
          registry-cache
        </a>
        <Search />
        <ThemeButton />
        <Login route={route} />
      </header>
      <Navigation route={route} />
      <main id="main">
        <Away />
        <Shield key={route.look}>
          <Shown query={route.query} />
        </Shield>
      </main>
    </>
  );
}

/** The part of the address that could name the title has the look. */
function skipToTitle(): void {
  document.getElementById('title')?.focus();
}

/** A new look is read from its heading on. The first one leaves the focus to the browser. */
function useFocusOnTitle({ look, query }: Route): void {
  const shown = useRef<string | undefined>(undefined);
  const now = look === 'image' ? `${look} ${query.name ?? ''}` : look;
  useEffect(() => {
    document.title = `${look === 'image' ? (query.name ?? '') : NAMES[look]} – registry-cache`;
    if (shown.current !== undefined && shown.current !== now) {
      scrollTo(0, 0);
      document.getElementById('title')?.focus({ preventScroll: true });
    }
    shown.current = now;
  }, [now]);
}
