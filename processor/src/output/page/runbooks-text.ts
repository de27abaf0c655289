/** Generated from examples/prometheus/runbooks.md by `npm run generate`; change that, not this file. */

/** What to do about each alert, as Markdown. */
export const RUNBOOKS = `# Runbooks

One heading an alert: what it means, how to look, how to drill, how to silence. Names in capitals stand for yours; the alert\x27s
labels have them.

**Looking.** The status page (\`/\` of the admin address) and the command line show the rows that the alerts read:

\`\`\`
npx warmspare status --chain CHAIN
npx warmspare explain --chain CHAIN --target TARGET
\`\`\`

\`explain\` names the spans that prove or break the target, by trace id, and what would change its state.

**Drilling.** A drill sends one real request through the target on purpose, in a process that reports to Warmspare. It is counted
as exercise kind \`drill\`:

\`\`\`ts
import { withDrill } from \x27@warmspare/instrumentation\x27;
await withDrill({ chain: \x27CHAIN\x27, fault: \x27unavailable\x27 }, () => callYourChain(aHarmlessInput));
\`\`\`

That makes the primary unavailable for the calls inside, and for no others. Where the code is no \`chain()\`, make the primary fail
in a staging environment with the same configuration, or wrap the fallback\x27s own code in \`withRoute({ kind: \x27drill\x27, ... }, fn)\`.
A nightly job that drills every chain keeps this page unread.

**Silencing.** Always with a reason and an end, and for one target, so that the others still speak:

\`\`\`
amtool --alertmanager.url=http://127.0.0.1:9093 silence add --duration=24h --comment=\x27REASON, ticket, who looks again\x27 \\
  alertname=ALERT llm_fallback_chain_name=CHAIN llm_fallback_target_name=TARGET
\`\`\`

A target that is gone is not silenced but retired: \`npx warmspare retire --chain CHAIN --target TARGET\`.

## FallbackStale

**What it means.** The target\x27s last success is older than \`max_age\`. It may still work; nobody knows.

**How to look.** The row\x27s last attempt and last success on the status page. If the service\x27s watermark is old too, telemetry is
missing, not the fallback: see WarmspareNoTelemetry.

**How to drill.** \`warmspare drill --chain CHAIN --target TARGET\`; \`warmspare explain\` prints the command. A success ends the alert.
If \`max_age\` does not fit how often the path can be exercised, change it for this target.

**When to silence.** While a drill is impossible, for example in a change freeze; until the freeze ends.

## FallbackNeverExercised

**What it means.** The target was declared over an hour ago (the rules\x27 \`unexercised\`) and has not run once, whatever its \`max_age\` is.

**How to look.** Is the target\x27s name the one that the code uses? A renamed target leaves its old row behind: retire that one.

**How to drill.** Its first run should not be the incident: \`warmspare drill --chain CHAIN --target TARGET\` today, and look at the answer as
well as at the row.

**When to silence.** Before the target\x27s launch, until the launch; better, declare it when it can run.

## FallbackFailing

**What it means.** The latest counted attempt on the target did not succeed. If the primary goes now, this target does not hold.

**How to look.** The row names the outcome, the error type and the trace of the failed attempt. Typical causes: a revoked key, a
model that was withdrawn, a quota that was never raised, an outage of the second provider.

**How to drill.** Repair first, then \`warmspare drill --chain CHAIN --target TARGET\`: one success ends the alert.

**When to silence.** While the second provider has an outage that you know of and the primary works; until the provider says
that it is over.

## FallbackEngaged

**What it means.** A fallback served the chain\x27s newest answered run, for five minutes now: the primary does not serve. Users get
answers, perhaps worse ones.

**How to look.** The chain\x27s page says since when, which target serves and how many spares are left below it. The primary\x27s row names
its last failure by trace. A chain that seldom runs stays here until its primary serves a run.

**How to drill.** Not now: the fallback is in use. Drill the targets below the serving one, so that you know your spares.

**When to silence.** During a planned switch to the fallback; until the primary is back.

## NoSpareLeft

**What it means.** The chain runs on a fallback, and no target below that one is fresh with no broken assumption. If the serving target
fails, users are likely to get no answer.

**How to look.** The chain\x27s page lists the targets below the serving one with what is wrong with each. A chain whose last target serves
has no spare by construction.

**How to drill.** Repair and drill the next target below the serving one; one success makes it a spare. Where there is none, add one: a
heuristic is better than an error.

**When to silence.** Where the chain has no further target by decision; until the primary is back.

## FallbackSchemaInvalid

**What it means.** The target answered with what the declared output schema forbids. The application got no answer from this
target, or a broken one.

**How to look.** \`llm_fallback_schema_checks_total\` by \`llm_fallback_schema_error_type\`, and the traces of those calls. Did the
schema change since the target last worked (FallbackContractDrift)?

**How to drill.** Adapt the prompt or the schema for this model, and drill a few times (\`warmspare drill --chain CHAIN --target TARGET\`):
models break schemas now and then, not always.

**When to silence.** While the repaired version is on its way; until it is deployed.

## FallbackContractDrift

**What it means.** The primary\x27s model, prompt or schema changed since this target last succeeded: its proof is about an older
contract.

**How to look.** The label \`llm_fallback_contract_part\` says which part; the chain\x27s page shows the revisions on a timeline,
with each target\x27s last success on it.

**How to drill.** \`warmspare drill --chain CHAIN --target TARGET\` under the present contract, ideally in the pipeline that changes it.

**When to silence.** During a series of planned prompt changes; until the last of them, followed by a drill.

## FallbackUnprotected

**What it means.** The primary failed and no other target was tried: the chain exists on paper only, for these runs.

**How to look.** Traces of the chain\x27s runs with \`llm_fallback.chain.outcome\` = \`unprotected\`. Typical causes: an error that the
code does not fall on, a breaker that did not open, a deadline that left no time.

**How to drill.** Make the failure one that falls to the next target, and drill with that very failure (a test that makes the
primary answer so).

**When to silence.** Where the failure must not fall, for example a request that every model would refuse, tell the chain so
(\`when\`); silence until that is deployed.

## FallbackChainExhausted

**What it means.** Every target failed: users got no answer.

**How to look.** Traces with \`llm_fallback.chain.outcome\` = \`exhausted\`; the attempts inside say why each target failed.

**How to drill.** Treat it as an outage. Targets that share a provider, a key or a network fail together: put one that does not
behind them, and drill down to it.

**When to silence.** Not at all while users get no answer; after the outage, until the window of the alert has passed.

## FallbackFailoverSlow

**What it means.** The last failure of the primary did not engage the next target within \`max_failover\`, or engaged none, or a
breaker tripped on a wrong signal, such as a bad request.

**How to look.** \`llm_fallback_failover_duration_seconds\` by trigger reason, \`llm_fallback_breaker_status\` and
\`llm_fallback_breaker_trip_duration_seconds\`. A client\x27s own retries and timeouts come first.

**How to drill.** Shorten timeouts and retries of the primary, or the breaker\x27s window; then a drill with a primary that hangs
shows the new time.

**When to silence.** While the new timeouts are on their way; until they are deployed.

## FallbackCapacity

**What it means.** Projected to the primary\x27s present load, the target would break a configured limit of latency, cost or
tokens.

**How to look.** \`llm_fallback_failover_headroom_ratio\` by \`llm_fallback_limit_name\`: below 1 the limit breaks. \`explain\` says
on how many calls the projection rests; few calls mean little.

**How to drill.** Drills with typical inputs make the projection rest on more calls. Raise the quota or the budget, add a target
behind, or shed load when failing over.

**When to silence.** During an exceptional peak of the primary\x27s load; until the peak ends.

## FallbackCacheStale

**What it means.** The cache served answers older than \`max_cache_age\`.

**How to look.** \`llm_fallback_cache_age_seconds\`: is the cache filled while the primary works?

**How to drill.** Refresh the cache from the primary\x27s answers, drill it, or raise \`max_cache_age\` where old answers are good
enough.

**When to silence.** While the primary is down for so long that nothing can refresh the cache and old answers are better than
none; until it is back.

## FallbackCarryingTraffic

**What it means.** For a day, a good part of the chain\x27s answers did not come from the primary. What was meant for emergencies
has become the way of working, and nothing may stand behind it.

**How to look.** The chain\x27s route mix over 24 hours on its page; the calls by route type and trigger reason.

**How to drill.** It is exercised as it is: drill what stands behind it. Repair the primary, or promote the fallback and declare
a new one behind it.

**When to silence.** During a planned move to the other model; until the move is done and the chain\x27s targets are changed.

## WarmspareDown

**What it means.** Prometheus cannot scrape any replica of Warmspare, nor does one send metrics by OTLP. The other alerts see nothing.

**How to look.** \`/readyz\` of the admin address, the service\x27s log, the scrape target\x27s error in Prometheus.

**How to drill.** Start it again: its store brings back rows and counters, and senders that tried again lose nothing. No drill
of a fallback counts before.

**When to silence.** During a planned move of the service, until it answers again.

## WarmspareNoTelemetry

**What it means.** No LLM span of this service has arrived for an hour (the rules\x27 \`silence\`), or for as long as the shortest \`max_age\`
of its targets. Ages keep growing, although the fallbacks may be used.

**How to look.** Does the service run and have traffic? Does its exporter report errors? Does a sampler or a Collector drop the
spans?

**How to drill.** Repair the pipeline, then drill: the drill\x27s span is the proof that telemetry arrives. Where spans are
sampled, set \`WARMSPARE_ENDPOINT\`, so that evidence does not depend on the sampler.

**When to silence.** For a service that rests by plan, such as a nightly job: until its next run, or raise \`silence\` in the
rules\x27 parameters.
`;
