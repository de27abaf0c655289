/** The pages of the admin port: status, chains, targets and runbooks, drawn from a snapshot as the reader asks to see them. */
import type { Context, Env, Hono } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { shownOutput } from '../base/shown-text.ts';
import { renderChain } from '../output/page/chain.ts';
import { renderMissing } from '../output/page/missing.ts';
import { renderOverview } from '../output/page/overview.ts';
import { readChainQuery, readOverviewQuery, readTargetQuery } from '../output/page/query.ts';
import { renderRunbooks } from '../output/page/runbooks.ts';
import { CONTENT_SECURITY_POLICY } from '../output/page/style.ts';
import { renderTarget } from '../output/page/target.ts';
import { isTimeZone, type PageSettings, type View, viewOf } from '../output/page/view.ts';
import type { Snapshot } from '../types/snapshot.ts';

/** What the pages read. */
export interface PageOptions {
  readonly snapshot: () => Snapshot;
  /** What is wrong with Warmspare itself. */
  readonly problems: () => readonly string[];
  /** Asked for by each request, since a reload may change it. */
  readonly settings: () => PageSettings;
}

/** Of the pages. */
export const PAGE_PATHS = ['/', '/chain', '/target', '/runbooks', '/timezone'] as const;

/** Where the reader's choice is kept: links need not carry it. */
const ZONE_COOKIE = 'warmspare_zone';

/** Adds the routes of the pages. */
export function addPages<E extends Env>(app: Hono<E>, { snapshot, problems, settings }: PageOptions): void {
  const draw = (c: Context): { taken: Snapshot; view: View } => {
    const taken = snapshot();
    const { pathname, search } = new URL(c.req.url);
    const request = {
      address: pathname + search,
      refresh: c.req.query('refresh'),
      timeZone: getCookie(c, ZONE_COOKIE),
    };
    return { taken, view: viewOf(taken, settings(), request) };
  };
  app.get('/', async (c) => {
    const { taken, view } = draw(c);
    return page(c, view, await renderOverview(taken, readOverviewQuery(c.req.query()), problems(), view));
  });
  app.get('/chain', async (c) => {
    const { taken, view } = draw(c);
    const query = readChainQuery(c.req.query());
    const text = await renderChain(taken, query, view);
    return text === undefined ? page(c, view, await renderMissing(query.chain, view), 404) : page(c, view, text);
  });
  app.get('/target', async (c) => {
    const { taken, view } = draw(c);
    const query = readTargetQuery(c.req.query());
    const text = await renderTarget(taken, query, view);
    return text === undefined ? page(c, view, await renderMissing(query.target, view), 404) : page(c, view, text);
  });
  app.get('/runbooks', async (c) => {
    const { view } = draw(c);
    return page(c, view, await renderRunbooks(view));
  });
  app.get('/timezone', (c) => {
    const zone = c.req.query('zone');
    const kept = { path: '/', sameSite: 'Strict', httpOnly: true } as const;
    if (isTimeZone(zone)) setCookie(c, ZONE_COOKIE, zone, { ...kept, maxAge: 31_536_000 });
    else setCookie(c, ZONE_COOKIE, '', { ...kept, maxAge: 0 });
    return c.redirect(ownPath(c.req.query('back')), 303);
  });
}

function page(c: Context, view: View, text: string, status: 200 | 404 = 200): Response | Promise<Response> {
  // In a header, so that the page itself stays one that waits for its reader.
  if (view.refresh !== undefined) c.header('refresh', String(view.refresh));
  return c.html(shownOutput(text), status, {
    'cache-control': 'no-store',
    'content-security-policy': CONTENT_SECURITY_POLICY,
  });
}

/** Only the service's own pages. */
function ownPath(back: string | undefined): string {
  const origin = 'http://page';
  if (back === undefined || !URL.canParse(back, origin)) return '/';
  const url = new URL(back, origin);
  return url.origin === origin ? url.pathname + url.search : '/';
}
