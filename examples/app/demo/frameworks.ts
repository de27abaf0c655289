/**
 * `npm run demo -- --app=ai`: the same day for an app on a library of its own, started with the register entry and no code of ours. Its
 * packages are installed beside it when it is played first: the demo itself does not bring them.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { answer, fail, json, type Outcome, type ProviderServer, type RecordedRequest } from '@warmspare/providers';
import { GOOD_ANSWER, tickets } from './tickets.ts';

export const FRAMEWORK_APPS = ['ai', 'langchain', 'try-catch'] as const;
export type FrameworkApp = (typeof FRAMEWORK_APPS)[number];

/** What each app is. */
const ABOUT: Readonly<Record<FrameworkApp, string>> = {
  ai: 'the Vercel AI SDK, with a list of models by ai-fallback',
  langchain: 'LangChain, with a list of models by withFallbacks',
  'try-catch': 'the SDKs of OpenAI and Anthropic, with a fallback in a catch block',
};

/** The part of the stage that is played on. */
interface Played {
  readonly openai: ProviderServer;
  readonly anthropic: ProviderServer;
  readonly app: string;
}

const SENT = 20;

export function fileOf(app: FrameworkApp): string {
  return fileURLToPath(new URL(`../../${app}/app.js`, import.meta.url));
}

/** Installs what the app's own package.json names, unless that is done. */
export async function installApp(app: FrameworkApp): Promise<void> {
  const folder = fileURLToPath(new URL(`../../${app}/`, import.meta.url));
  if (!existsSync(`${folder}package.json`) || existsSync(`${folder}node_modules`)) return;
  process.stdout.write(`Installing the packages of examples/${app} (npm ci) ...\n`);
  const child = spawn('npm', ['ci'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`npm ci in examples/${app} ended with ${code}`);
}

/** A normal day, then one without GPT. Each ticket must be answered. */
export async function playFramework(
  app: FrameworkApp,
  stage: Played,
  say: (line: string) => void,
  until: (status: RegExp) => Promise<string>,
): Promise<void> {
  say(`The app is on ${ABOUT[app]}. It has no code of ours.\n`);
  stage.openai.otherwise(json(GOOD_ANSWER));
  stage.anthropic.otherwise(answerOf);
  say('1  A normal day. gpt-5 answers.');
  await send(stage.app);
  const declared = app === 'try-catch' ? /./ : /claude-haiku-4-5.*never exercised/i;
  say(`   ${SENT} tickets sent, all answered\n`);
  say(await until(declared));
  stage.openai.otherwise(fail('unavailable'));
  say('2  gpt-5 is down: 503 for every call. claude-haiku makes its debut.');
  await send(stage.app);
  say(`   ${SENT} tickets sent, all answered\n`);
  say(await until(/claude-haiku-4-5.*fresh/i));
}

/** Where a tool is asked for, which is how LangChain has Claude keep to a schema, its input is the answer. */
function answerOf({ body }: RecordedRequest): Outcome {
  const { name } = (body.tool_choice ?? {}) as { readonly name?: string };
  return name === undefined ? json(GOOD_ANSWER) : answer({ toolCalls: [{ name, arguments: { ...GOOD_ANSWER } }] });
}

async function send(app: string): Promise<void> {
  for (const { text } of tickets(1, SENT)) {
    const response = await fetch(`${app}/summaries`, { method: 'POST', body: JSON.stringify({ text }) });
    if (!response.ok) throw new Error(`a ticket was not answered: ${await response.text()}`);
  }
}
