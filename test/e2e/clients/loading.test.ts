/** Apps of their own, in ESM and in CJS, that load the built package the ways the README names. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type ProviderServer, startAnthropic, startOpenAI } from '@warmspare/providers';
import {
  ATTR_GEN_AI_REQUEST_MODEL,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
  type CallMessage,
} from '@warmspare/semconv';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const ROOT = fileURLToPath(new URL('../../.tsbuild/', import.meta.url));

const CALL = `
  const { subscribe } = process.getBuiltinModule('node:diagnostics_channel');
  subscribe('llm_fallback:call', (message) => console.log(JSON.stringify(message)));
  const client = new OpenAI({ apiKey: 'key', baseURL: process.env.PROVIDER, maxRetries: 0 });
  client.chat.completions.create({ model: 'gpt-5', messages: [] }).then(() => {});
`;
const APPS = {
  'app.mjs': `import OpenAI from 'openai';${CALL}`,
  'named.mjs': `import { OpenAI } from 'openai';${CALL}`,
  'app.cjs': `const OpenAI = require('openai');${CALL}`,
  'registered.cjs': `
    const { registerInstrumentations } = require('@opentelemetry/instrumentation');
    const { LlmFallbackInstrumentation } = require('@warmspare/instrumentation');
    registerInstrumentations({ instrumentations: [new LlmFallbackInstrumentation()] });
    const OpenAI = require('openai');${CALL}`,
  'by-hand.mjs': `
    import OpenAI from 'openai';
    import { LlmFallbackInstrumentation } from '@warmspare/instrumentation';
    new LlmFallbackInstrumentation().instrument(OpenAI);${CALL}`,
};
const REGISTER = ['--import', '@warmspare/instrumentation/register'];

/** Each major builds its two module systems in its own way. */
const WAYS: readonly (readonly [string, readonly string[]])[] = [
  ['--import hooks an ESM app', [...REGISTER, 'app.mjs']],
  ['registerInstrumentations hooks a CJS app', ['registered.cjs']],
];
/** These differ by what we do, not by the client. */
const MORE_WAYS: typeof WAYS = [
  ['--import hooks a named import', [...REGISTER, 'named.mjs']],
  ['--import hooks a CJS app', [...REGISTER, 'app.cjs']],
  ['--require hooks a CJS app', ['--require', '@warmspare/instrumentation/register', 'app.cjs']],
  ['instrument() patches what an ESM app imported', ['by-hand.mjs']],
];

let server: ProviderServer;

beforeAll(async () => {
  server = await startOpenAI();
});
afterAll(() => server.close());

describe.each(['openai4', 'openai5', 'openai6', 'openai7'])('%s', (alias) => {
  let app: string;

  beforeAll(() => {
    mkdirSync(ROOT, { recursive: true });
    app = mkdtempSync(join(ROOT, `${alias}-`));
    // Under its real name: hooks go by the folder in node_modules.
    cpSync(packageFolder(alias), join(app, 'node_modules/openai'), { recursive: true, filter: isCode });
    for (const [name, source] of Object.entries(APPS)) writeFileSync(join(app, name), source);
  });
  afterAll(() => rmSync(app, { recursive: true, force: true }));

  test.each([...WAYS, ...(alias === 'openai7' ? MORE_WAYS : [])])('%s', async (_name, args) => {
    const { stdout, stderr } = await run(process.execPath, args, {
      cwd: app,
      env: { ...process.env, PROVIDER: `${server.url}/v1`, OTEL_SDK_DISABLED: 'true', NODE_OPTIONS: '' },
    });
    const messages = stdout.split('\n').filter((line) => line.startsWith('{'));
    expect(messages, stderr).toHaveLength(1);
    const { attributes } = JSON.parse(messages[0] ?? '') as CallMessage;
    expect(attributes[ATTR_GEN_AI_REQUEST_MODEL]).toBe('gpt-5');
    expect(attributes[ATTR_LLM_FALLBACK_CALL_OUTCOME]).toBe('success');
    expect(stderr).not.toMatch(/Deprecat|DEP0/);
  });
});

describe("Anthropic's refusal middleware", () => {
  let app: string;
  let claude: ProviderServer;
  const ASK = `
    const { subscribe } = process.getBuiltinModule('node:diagnostics_channel');
    subscribe('llm_fallback:call', (message) => console.log(JSON.stringify(message)));
    const middleware = [betaRefusalFallbackMiddleware([{ model: 'claude-haiku-4-5' }])];
    const client = new Anthropic({ apiKey: 'key', baseURL: process.env.PROVIDER, maxRetries: 0, middleware });
    const body = { model: 'claude-opus-4-5', max_tokens: 10, messages: [{ role: 'user', content: 'hello' }] };
    client.beta.messages.create(body).then(() => {});
  `;

  beforeAll(async () => {
    claude = await startAnthropic();
    mkdirSync(ROOT, { recursive: true });
    app = mkdtempSync(join(ROOT, 'anthropic-'));
    cpSync(packageFolder('anthropic1'), join(app, 'node_modules/@anthropic-ai/sdk'), {
      recursive: true,
      filter: isCode,
    });
    writeFileSync(
      join(app, 'app.mjs'),
      `import { Anthropic, betaRefusalFallbackMiddleware } from '@anthropic-ai/sdk';${ASK}`,
    );
    writeFileSync(
      join(app, 'app.cjs'),
      `const { Anthropic, betaRefusalFallbackMiddleware } = require('@anthropic-ai/sdk');${ASK}`,
    );
  });
  afterAll(async () => {
    await claude.close();
    rmSync(app, { recursive: true, force: true });
  });

  test.each([['app.mjs'], ['app.cjs']])('declares its fallbacks from the first call on in %s', async (file) => {
    const { stdout, stderr } = await run(process.execPath, [...REGISTER, file], {
      cwd: app,
      env: { ...process.env, PROVIDER: claude.url, OTEL_SDK_DISABLED: 'true', NODE_OPTIONS: '' },
    });
    const messages = stdout.split('\n').filter((line) => line.startsWith('{'));
    expect(messages, stderr).toHaveLength(1);
    const { attributes } = JSON.parse(messages[0] ?? '') as CallMessage;
    expect(attributes[ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES]).toEqual(['claude-opus-4-5', 'claude-haiku-4-5']);
  });
});

function packageFolder(alias: string): string {
  const main = require.resolve(alias);
  return main.slice(
    0,
    main.lastIndexOf(`${sep}node_modules${sep}${alias}${sep}`) + `${sep}node_modules${sep}${alias}`.length,
  );
}

/** Types, source maps and sources make most of a client's size. */
function isCode(path: string): boolean {
  return !/\.(map|d\.ts|d\.mts|d\.cts)$/.test(path) && !dirname(path).includes(`${sep}src`);
}
