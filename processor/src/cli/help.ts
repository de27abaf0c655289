/** The help texts. They teach: what a command is for, what it prints, what its exit code means, and an example that works. */

/** The commands, in the order of use. */
export const COMMANDS = ['serve', 'check-config', 'status', 'explain', 'drill', 'retire', 'migrate'] as const;

/** A command's name. */
export type Command = (typeof COMMANDS)[number];

/** `warmspare --help`. */
export const HELP = `Warmspare tells whether the fallbacks of your LLM calls still work, before the outage does.
It reads OpenTelemetry spans and makes the time since each fallback's last success a metric.

Usage: warmspare <command> [options]

  serve          receive spans, keep the evidence, serve metrics and a status page
  check-config   read a configuration file and name every problem in it
  status         show which fallbacks work, from a running service
  explain        say why a target is in its state, by which spans, and what would change it
  drill          have an app exercise a fallback on purpose, and say what came of it
  retire         forget a target that is gone for good
  migrate        move the evidence to another store

  --help         this text; after a command, its own (warmspare status --help)
  --version      the version

First steps, no configuration needed:

  warmspare serve
  export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318      # in your application's shell
  warmspare status
`;

/** \`warmspare <command> --help\`. */
export const COMMAND_HELP: Readonly<Record<Command, string>> = {
  serve: `Receives spans and serves metrics, until SIGTERM or SIGINT.

Usage: warmspare serve [--config warmspare.yaml]

  --config FILE   configuration; without it every default holds, chains are learnt from spans,
                  and the evidence is kept in warmspare.db in the working directory

Listens, by default on this machine only:
  127.0.0.1:4318   OTLP/HTTP (protobuf and JSON)    receivers.otlp.protocols.http.endpoint
  127.0.0.1:4317   OTLP/gRPC                        receivers.otlp.protocols.grpc.endpoint
  127.0.0.1:9464   status page, /metrics, API       admin.endpoint

SIGHUP reads the configuration and token files again; a bad one is refused and the old one stays.
Logs are JSON lines on stderr. LOG_LEVEL: debug, info (default), warn, error, silent.
Exit code: 0 stopped as asked, 2 could not start (the message says what to change), 70 could not go on
(a supervisor should start it again; nothing acknowledged is lost).
`,
  'check-config': `Reads a configuration file and names every problem in it, with line, column, path and remedy.

Usage: warmspare check-config FILE

Variables as in \${env:NAME:-default} are taken from the environment, as serve would.
Exit code: 0 no problem, 2 at least one.

  warmspare check-config warmspare.yaml
`,
  status: `Shows every target of every chain and whether it would work now, the most urgent chain first: users
affected now, running on a fallback, would not hold, fine.

Usage: warmspare status [--json] [--strict] [--url http://127.0.0.1:9464]

  --strict        a broken assumption counts like a target that is not fresh
  --json          the document of /status.json instead of the table
  --url URL       the admin address of a running service (default http://127.0.0.1:9464)
  --chain, --target, --service, --namespace, --environment NAME
  --state STATE   never_exercised, failing, stale or fresh
                  only rows that match; the exit code is then theirs

Exit code, for a gate in CI:
  0 every fallback is fresh (--strict: and no assumption is broken)
  1 some are not: never exercised, failing or stale
  2 cannot tell: no rows, a filter that nothing matches, no telemetry yet, or the service cannot be reached

WARMSPARE_TOKEN is sent as the bearer token where it is set. NO_COLOR turns colours off,
FORCE_COLOR=1 turns them on where no terminal is seen.
`,
  explain: `Says why a target is in its state: the evidence with trace ids, each assumption, and what would change it.

Usage: warmspare explain --chain NAME --target NAME [--service NAME] [--namespace NAME] [--environment NAME]
                         [--json] [--url http://127.0.0.1:9464]

  --chain, --target                        which target
  --service, --namespace, --environment    only there; left out, everywhere
  --json          the rows of /status.json instead of the text
  --url URL       the admin address of a running service (default http://127.0.0.1:9464)

Exit code, as of status --strict: 0 fresh and nothing broken, 1 not, 2 cannot tell: no row matches, only a
primary, no telemetry yet, wrong use or unreachable.
WARMSPARE_TOKEN is sent as the bearer token where it is set.
`,
  drill: `Has an app exercise a fallback on purpose: sends the request that chains[].drill of the configuration names, signed
so that the app makes the targets above the one to exercise fail, and waits for the evidence.

Usage: warmspare drill --chain NAME [--target NAME] [--fault FAULT] | --due
                       [--config warmspare.yaml] [--wait 60] [--json] [--url http://127.0.0.1:9464]

  --chain NAME    which chain; its configuration has drill: with the URL of the app
  --target NAME   which target to exercise; left out, the first after the primary
  --fault FAULT   how the ones above it fail; left out, as configured, else unavailable (HTTP 503)
  --due           the target that wants it most, of the chains that have drill:
  --service, --namespace, --environment NAME
                  picks one of several chains of one name
  --config FILE   the configuration (default warmspare.yaml in the working directory)
  --wait SECONDS  how long to wait for the evidence (default 60)
  --json          what each target did as JSON
  --url URL       the admin address of a running service (default http://127.0.0.1:9464)

WARMSPARE_DRILL_KEY signs the request: the app has the same one, of at least 32 characters.
WARMSPARE_TOKEN is sent to the service as the bearer token where it is set.
Exit code, for cron and CI: 0 succeeded, or with --due nothing is due; 1 failed; 2 blocked, inconclusive, interrupted,
wrong use or unreachable.

  warmspare drill --chain summarize-ticket --target last-answer --fault rate_limit
  warmspare drill --due
`,
  retire: `Forgets a target that is gone for good, so that it no longer alerts. Only a later
announcement of it brings it back: calls that happened before, and arrive after, do not.

Usage: warmspare retire --chain NAME --target NAME [--service NAME] [--namespace NAME] [--environment NAME]
                        [--all] [--dry-run] [--force] [--url http://127.0.0.1:9464]

  --chain, --target                        which target
  --service, --namespace, --environment    only there; left out, everywhere
  --dry-run                                list what would be retired, and retire nothing
  --all                                    wanted where several rows match
  --force                                  wanted for a primary, without which its chain says little
  --url URL                                the admin address of a running service

A target that the configuration lists comes back at once: remove it there first. Alerts about it end with
the next evaluation.
Works from the service's own machine; where admin.auth.token_file is set, with a token of it in WARMSPARE_TOKEN.
Exit code: 0 done, 2 no row or several match, a primary without --force, wrong use, refused or unreachable.
`,
  migrate: `Moves the evidence to another store: from the file of one service to the database of many replicas, or back.

Usage: warmspare migrate --from STORE --to STORE [--schema warmspare]

  --from, --to    sqlite:FILE, or postgres://user:password@host:5432/database?sslmode=verify-full
  --schema NAME   the schema in the database (default warmspare)

Stop what uses the stores first. It copies rows, counters, facts, retired targets and the spans that were counted, then
compares what both stores have. The source is left as it is. After an end before time, run it again: what is there is not
counted twice. A store with evidence that the source lacks is refused.
Exit code: 0 both stores have the same, 2 not migrated (the message says why).

  warmspare migrate --from sqlite:warmspare.db --to "$WARMSPARE_DATABASE_URL"
`,
};
