/** The example app under live traffic, drilled by the command: staleness falls to zero, what is rotten is found, and users notice nothing. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail, json, startAnthropic, startOpenAI } from '@warmspare/providers';
import { afterEach, expect, test } from 'vitest';
import { GOOD_ANSWER } from '../../examples/app/demo/tickets.ts';
import type { StatusDocument } from '../../processor/src/output/status-json.ts';
import { startChild } from './child.ts';
import { eventually } from './eventually.ts';
import { placeService, startService } from './service.ts';

const KEY = 'a key of more than thirty-two characters';
const PROGRAM = fileURLToPath(new URL('../../processor/bin/warmspare.js', import.meta.url));
const APP = new URL('../../examples/app/src/', import.meta.url);

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

test('drills of a live app prove its fallbacks, find what is rotten, and leave its users alone', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'warmspare-drills-'));
  open.push(() => rm(directory, { recursive: true, force: true }));
  const [openai, anthropic] = [await startOpenAI(), await startAnthropic()];
  open.push(
    () => openai.close(),
    () => anthropic.close(),
  );
  openai.otherwise(json(GOOD_ANSWER));
  anthropic.otherwise(json(GOOD_ANSWER));
  const chains = `chains:
  - name: summarize-ticket
    drill: { url: '\${env:APP_URL:-http://127.0.0.1:1}/summaries', body_file: ticket.json }
    targets:
      - { name: gpt-5, type: primary }
      - { name: claude-haiku, type: fallback }
      - { name: last-answer, type: cache }
      - { name: keyword-rules, type: heuristic }
`;
  const place = await placeService(directory, chains);
  await writeFile(join(directory, 'ticket.json'), JSON.stringify({ id: 'T-1', text: 'the export fails' }));
  const service = await startService(place);
  open.push(() => service.kill());
  const app = await startApp(openai.url, anthropic.url, service.otlp);

  let stopped = false;
  const answers: string[] = [];
  const traffic = (async () => {
    while (!stopped) {
      const body = JSON.stringify({ id: 'T-1', text: 'the export fails' });
      const response = await fetch(`${app}/summaries`, { method: 'POST', body });
      answers.push(((await response.json()) as { answered_by: string }).answered_by);
      await new Promise((done) => setTimeout(done, 50));
    }
  })();
  open.push(async () => {
    stopped = true;
    await traffic;
  });

  const drill = async (...args: readonly string[]): Promise<{ code: number | undefined; output: string }> => {
    const parameters = [
      PROGRAM,
      'drill',
      '--config',
      'warmspare.yaml',
      '--url',
      service.admin,
      '--wait',
      '20',
      ...args,
    ];
    const child = startChild(process.execPath, parameters, directory, { WARMSPARE_DRILL_KEY: KEY, APP_URL: app });
    await child.ended;
    return { code: child.exitCode(), output: child.output() };
  };
  const stateOf = async (target: string): Promise<string | undefined> => {
    const document = (await (await fetch(`${service.admin}/status.json`)).json()) as StatusDocument;
    return document.targets.find((each) => each.target === target && each.service === 'support-api')?.state;
  };

  await eventually('the chain is known', async () =>
    (await stateOf('claude-haiku')) === 'never_exercised' ? true : undefined,
  );
  for (const target of ['claude-haiku', 'last-answer', 'keyword-rules']) {
    const { code, output } = await drill('--chain', 'summarize-ticket', '--target', target, '--fault', 'rate_limit');
    expect([code, output]).toEqual([0, expect.stringContaining(`succeeded: ${target} of summarize-ticket`)]);
    expect(await stateOf(target)).toBe('fresh');
  }
  for (const rotten of [json({ ...GOOD_ANSWER, urgency: 'P1' }), fail('model_not_found'), fail('authentication')]) {
    anthropic.otherwise(rotten);
    const { code, output } = await drill('--chain', 'summarize-ticket');
    expect([code, output]).toEqual([1, expect.stringContaining('failed: claude-haiku')]);
    expect(await stateOf('claude-haiku')).toBe('failing');
  }
  anthropic.otherwise(json(GOOD_ANSWER));
  const due = await drill('--due');
  expect([due.code, due.output]).toEqual([0, expect.stringContaining('succeeded: claude-haiku')]);

  stopped = true;
  await traffic;
  expect(new Set(answers)).toEqual(new Set(['primary']));
});

async function startApp(openai: string, anthropic: string, otlp: string): Promise<string> {
  const parameters = ['--import', new URL('telemetry.ts', APP).href, fileURLToPath(new URL('main.ts', APP))];
  const child = startChild(process.execPath, parameters, fileURLToPath(APP), {
    PORT: '0',
    OPENAI_BASE_URL: `${openai}/v1`,
    OPENAI_API_KEY: 'sk-local',
    ANTHROPIC_BASE_URL: anthropic,
    ANTHROPIC_API_KEY: 'sk-ant-local',
    OTEL_SERVICE_NAME: 'support-api',
    OTEL_EXPORTER_OTLP_ENDPOINT: otlp,
    OTEL_BSP_SCHEDULE_DELAY: '100',
    WARMSPARE_DRILL_KEY: KEY,
  });
  open.push(() => child.end('SIGTERM'));
  return eventually('the app listens', () => {
    if (child.exitCode() !== undefined) throw new Error(child.output());
    return /listens on (\S+)/.exec(child.output())?.[1];
  });
}
