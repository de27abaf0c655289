/** The admin application: pages and metrics from a snapshot, health, and the one call that changes something, retire. Written against web requests; admin-server.ts gives it a socket. */

import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { compress } from 'hono/compress';
import { secureHeaders } from 'hono/secure-headers';
import { StoreUnavailable } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { shownOutput } from '../base/shown-text.ts';
import { dueTargets } from '../output/due.ts';
import { withHistograms } from '../output/metrics.ts';
import type { PageSettings } from '../output/page/view.ts';
import { EXPOSITION_TYPES, negotiateExposition, prometheusText } from '../output/prometheus.ts';
import { statusDocument } from '../output/status-json.ts';
import { readStatusQuery } from '../output/status-query.ts';
import { textStream } from '../output/text-stream.ts';
import { createAuth, type Tokens } from '../receive/auth.ts';
import { isLoopback, isLoopbackHost, isSameSite } from '../receive/site.ts';
import type { Histograms, MetricPoint } from '../types/metric.ts';
import type { Pipeline, PipelineHealth } from '../types/pipeline.ts';
import type { Snapshot } from '../types/snapshot.ts';
import { answerLease, createLeases } from './drills.ts';
import { addPages, PAGE_PATHS } from './pages.ts';
import { answerRetire } from './retire.ts';

/** What the application reads and who may use it. */
export interface AdminOptions {
  readonly pipeline: Pick<Pipeline, 'snapshot' | 'metrics' | 'retire' | 'health'>;
  readonly selfMetrics: () => readonly MetricPoint[];
  /** Epoch ms. */
  readonly now: () => number;
  /** The tokens of which every caller must present one; asked for by each request, since they may be read anew. */
  readonly tokens: () => Tokens;
  /** Whether `/metrics` has histograms. */
  readonly histograms: () => Histograms;
  /** What pages say of the service, and where they lead. */
  readonly page: () => PageSettings;
  /** Only this machine can reach the port. */
  readonly onLoopback: boolean;
  /** Why the service takes no spans right now. */
  readonly unready: () => readonly string[];
  readonly log: Log;
}

/** The part of node:http that the application needs to know the caller. */
export interface AdminBindings {
  readonly incoming: { readonly socket: { readonly remoteAddress?: string | undefined } };
}

type Env = { Bindings: AdminBindings };

/** The routes of the admin port. */
export function createAdminApp(options: AdminOptions): Hono<Env> {
  const { pipeline, now, log } = options;
  const snapshot = (): Snapshot => pipeline.snapshot(now());
  const app = new Hono<Env>();

  app.use(secureHeaders({ strictTransportSecurity: false, crossOriginEmbedderPolicy: false }));
  app.use(mayConnect(options));
  app.get('/healthz', (c) => c.text('ok\n'));
  app.get('/readyz', (c) => {
    const reasons = options.unready();
    const body = { ready: reasons.length === 0, reasons, troubles: troubles(pipeline.health()) };
    return c.json(body, reasons.length === 0 ? 200 : 503, NO_STORE);
  });

  app.use(mayRead(options));
  app.use('/metrics', compress({ contentTypeFilter: () => true }));
  for (const path of [...PAGE_PATHS, '/status.json']) app.use(path, compress());
  const problems = (): readonly string[] => troubles(pipeline.health());
  addPages(app, { snapshot, problems, settings: options.page });
  app.get('/status.json', (c) => {
    const query = readStatusQuery(c.req.query());
    const text = shownOutput(JSON.stringify(statusDocument(snapshot(), problems(), query)));
    return c.body(text, 200, { ...NO_STORE, 'content-type': 'application/json' });
  });
  const shared = shareWhileRead(snapshot, now);
  app.get('/metrics', (c) => {
    const format = negotiateExposition(c.req.header('accept'));
    // Taken now: the text is made while it is sent, and all of it is of one moment.
    const { snapshot: taken, whileRead } = shared();
    const points = withHistograms(allPoints(pipeline.metrics(taken), options.selfMetrics()), options.histograms());
    const headers = { 'content-type': EXPOSITION_TYPES[format], vary: 'Accept' };
    return c.body(textStream(whileRead(prometheusText(points, format))), 200, headers);
  });

  app.post('/api/retire', mayChange(options), bodyLimit({ maxSize: 65_536 }), (c) =>
    answerRetire(c, { pipeline, snapshot, log }),
  );

  const leases = createLeases();
  app.get('/api/due', (c) => c.json({ targets: dueTargets(snapshot()) }, 200, NO_STORE));
  app.post('/api/drills/lease', mayChange(options), bodyLimit({ maxSize: 65_536 }), (c) =>
    answerLease(c, leases, snapshot),
  );
  app.all('/api/drills/lease', (c) => c.json({ error: 'Use POST.' }, 405, { allow: 'POST' }));
  app.all('/api/retire', (c) => c.json({ error: 'Use POST.' }, 405, { allow: 'POST' }));
  for (const path of [...PAGE_PATHS, '/status.json', '/metrics', '/healthz', '/readyz', '/api/due']) {
    app.all(path, (c) => c.json({ error: 'Use GET.' }, 405, { allow: 'GET, HEAD' }));
  }
  app.notFound((c) =>
    c.json(
      {
        error:
          'Nothing is here. There are /, /status.json, /metrics, /runbooks, /healthz, /readyz, /api/due, POST /api/retire and POST /api/drills/lease.',
      },
      404,
    ),
  );
  app.onError((error, c) => {
    if (error instanceof StoreUnavailable) return c.json({ error: error.message }, 503, { 'retry-after': '5' });
    log.error({ err: error, path: c.req.path }, 'an admin request failed');
    return c.json({ error: 'Warmspare failed to answer; its log says why.' }, 500);
  });
  return app;
}

/** Ms for which scrapes that overlap get the same snapshot. */
const SHARED_FOR = 1000;

interface SharedSnapshot {
  readonly snapshot: Snapshot;
  /** The same pieces; the snapshot counts as in use until they end. */
  whileRead(pieces: Generator<string, void, undefined>): Generator<string, void, undefined>;
}

/** A snapshot of all rows is large: scrapes that come while one is being read, and soon after it began, share its snapshot. */
function shareWhileRead(take: () => Snapshot, now: () => number): () => SharedSnapshot {
  let current: (SharedSnapshot & { readonly at: number }) | undefined;
  return () => {
    const at = now();
    if (current && at >= current.at && at - current.at < SHARED_FOR) return current;
    let readers = 0;
    const made = {
      at,
      snapshot: take(),
      *whileRead(pieces: Generator<string, void, undefined>) {
        readers++;
        try {
          yield* pieces;
        } finally {
          readers--;
          if (readers === 0 && current === made) current = undefined;
        }
      },
    };
    current = made;
    return made;
  };
}

function troubles({ damage, storeAvailable, storeError, clockError }: PipelineHealth): string[] {
  return [
    ...(clockError === undefined ? [] : [`Spans are refused: ${clockError}.`]),
    ...(damage === undefined
      ? []
      : [
          `The store was damaged: ${damage.reason}.${damage.movedTo === undefined ? '' : ` What cannot be read is in ${damage.movedTo}.`}`,
        ]),
    ...(storeAvailable
      ? []
      : [`The store cannot write, so spans are refused until it can: ${storeError ?? 'unknown reason'}.`]),
  ];
}

function* allPoints(...parts: Iterable<MetricPoint>[]): Generator<MetricPoint, void, undefined> {
  for (const part of parts) yield* part;
}

const NO_STORE = { 'cache-control': 'no-store' };

/** A port on loopback that asks for no token is for this machine: a web page whose name was rebound to it must not read it. */
function mayConnect({ tokens, onLoopback }: AdminOptions): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (!onLoopback || tokens() !== undefined || isLoopbackHost(c.req.header('host'))) return next();
    const error =
      'This port listens on loopback and was reached by another name: use localhost or 127.0.0.1, or set admin.auth.token_file.';
    return c.json({ error }, 403);
  };
}

/** A configured token is always asked for: a proxy on this machine speaks for others. A browser asks its user for it. */
function mayRead({ tokens }: AdminOptions): MiddlewareHandler<Env> {
  const authorize = createAuth(tokens);
  return async (c, next) => {
    if (authorize(c.req.header('authorization')) !== undefined) return next();
    const error =
      'A token is needed (admin.auth.token_file), as a bearer token or as the password of HTTP Basic. The command sends that of WARMSPARE_TOKEN.';
    return c.json({ error }, 401, { 'www-authenticate': 'Basic realm="Warmspare", charset="UTF-8"' });
  };
}

/**
 * Changing needs the token, which {@link mayRead} has checked, or, where none is configured, a caller on this machine that reached us
 * under a loopback name. A browser sends what it knows of the token with requests of other sites, too: those are refused.
 */
function mayChange({ tokens }: AdminOptions): MiddlewareHandler<Env> {
  return async (c, next) => {
    const host = c.req.header('host');
    const isTrusted = tokens() !== undefined || (fromThisMachine(c) && isLoopbackHost(host));
    if (!isTrusted || !isSameSite(c.req.header('origin'), host)) {
      return c.json(
        { error: 'Only from this machine by a loopback address, or with a token of admin.auth.token_file.' },
        403,
      );
    }
    if (!/^application\/json\s*(;|$)/i.test(c.req.header('content-type') ?? '')) {
      return c.json({ error: 'Send content-type: application/json.' }, 415);
    }
    return next();
  };
}

function fromThisMachine(c: Context<Env>): boolean {
  // A proxy on this machine speaks for others.
  if (c.req.header('x-forwarded-for') !== undefined || c.req.header('forwarded') !== undefined) return false;
  return isLoopback((c.env.incoming.socket.remoteAddress ?? '').replace(/^::ffff:/, ''));
}
