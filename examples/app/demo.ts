/**
 * `npm run demo`: a support desk's day in three parts, on local servers that play the providers. It needs no key and no network,
 * takes free ports, and leaves nothing behind. `--keep` leaves it running with the status page open to you;
 * `--app=ai`, `langchain` or `try-catch` plays an app on that library.
 */
import { fail, json } from '@warmspare/providers';
import { ALERT, firing, untilCounted } from './demo/alert.ts';
import { FRAMEWORK_APPS, type FrameworkApp, installApp, playFramework } from './demo/frameworks.ts';
import { type Stage, setStage } from './demo/stage.ts';
import { type DeskTicket, DRIFTED_ANSWER, GOOD_ANSWER, tickets } from './demo/tickets.ts';
import { sendTickets } from './demo/traffic.ts';

const keep = process.argv.includes('--keep');
const interrupted = new Promise<'interrupted'>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve('interrupted'));
});

const framework = frameworkIn(process.argv);

say('Warmspare demo: a support desk has its tickets summarised by gpt-5.');
if (framework === undefined) {
  say('claude-haiku, the last answer from a cache, and keyword rules stand by. Would they work?');
} else {
  say('claude-haiku stands by. Would it work?');
  await installApp(framework);
}
say('');
const stage = await setStage(keep ? 9464 : undefined, framework);
try {
  const played =
    framework === undefined
      ? play(stage)
      : playFramework(framework, stage, say, (wanted) => untilStatus(stage, wanted));
  const end = await Promise.race([played, interrupted]);
  if (end === 'interrupted') {
    process.exitCode = 130;
  } else if (keep) {
    say(`\nStatus page: ${stage.admin}/    metrics: ${stage.admin}/metrics    app: POST ${stage.app}/summaries`);
    say('Ctrl-C stops everything.');
    // A pending promise alone would let the process end.
    const alive = setInterval(() => undefined, 60_000);
    await interrupted;
    clearInterval(alive);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await stage.close();
}

async function play({ openai, anthropic, app, admin, status }: Stage): Promise<void> {
  let attempts = 0;
  const send = async (batch: readonly DeskTicket[]): Promise<void> => {
    const answers = await sendTickets(app, batch);
    attempts += answers.attempts;
    await untilCounted(admin, attempts);
    const parts = [...answers.byRung].map(([rung, count]) => `${count} by the ${rung}`);
    say(`   ${batch.length} tickets sent, all answered: ${parts.join(', ')}`);
  };

  openai.otherwise(json(GOOD_ANSWER));
  anthropic.otherwise(json(GOOD_ANSWER));
  say('1  A normal day. gpt-5 answers, and nobody knows whether the rest would.');
  await send(tickets(1, 40));
  say('');
  say(await status());
  const before = await firing(admin);

  openai.otherwise(fail('unavailable'));
  say('2  gpt-5 is down: 503 for every call. claude-haiku makes its debut.');
  await send(tickets(41, 20));
  say('');
  say(await status());

  anthropic.otherwise(json(DRIFTED_ANSWER));
  say("3  Still down, and claude-haiku now answers with 'priority' where the app's schema wants 'urgency'.");
  say('   New tickets get the keyword rules, tickets seen before their last answer.');
  await send(tickets(61, 10));
  await send(tickets(35, 10));
  say('');
  const after = await firing(admin);

  say('What is left, by `warmspare status`:\n');
  say(await status());
  say('The alert, in PromQL:\n');
  say(`   ${ALERT}\n`);
  say('It would have fired before the outage, after part 1, for');
  for (const line of before) say(`   ${line}`);
  say('and now for');
  for (const line of after) say(`   ${line}`);
  if (before.length !== 3 || after.length !== 1) throw new Error('the alert did not fire for what happened');
}

/** `--app=NAME`: an app of another library in place of the demo's own. */
function frameworkIn(args: readonly string[]): FrameworkApp | undefined {
  const name = args.find((each) => each.startsWith('--app='))?.slice('--app='.length);
  const found = FRAMEWORK_APPS.find((each) => each === name);
  if (name !== undefined && found === undefined) {
    process.stderr.write(`--app=${name} is none of ${FRAMEWORK_APPS.join(', ')}\n`);
    process.exit(2);
  }
  return found;
}

/** The status once it says so: what the app sent last is on its way. Gives what it says after 20 s, whatever that is. */
async function untilStatus({ status }: Stage, wanted: RegExp): Promise<string> {
  for (const end = Date.now() + 20_000; ; ) {
    const said = await status();
    if (wanted.test(said) || Date.now() > end) return said;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
