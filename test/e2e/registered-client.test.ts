/** A client library that an app registers itself, in a file that is loaded before the register entry: an ES module that is hooked like any other. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ATTR_GEN_AI_PROVIDER_NAME, ATTR_LLM_FALLBACK_CALL_OUTCOME, type CallMessage } from '@warmspare/semconv';
import { expect, test } from 'vitest';

const APPS = fileURLToPath(new URL('../.tsbuild/', import.meta.url));

const FILES = {
  'node_modules/acme-llm/package.json':
    '{ "name": "acme-llm", "version": "1.2.0", "type": "module", "main": "index.js" }',
  'node_modules/acme-llm/index.js': `export class Acme {
    async ask({ model }) {
      return { object: 'chat.completion', model, choices: [{ finish_reason: 'length', message: { content: 'x' } }] };
    }
  }`,
  'acme.mjs': `import { chatCompletions, registerClient } from '@warmspare/instrumentation';
    registerClient({
      module: 'acme-llm', versions: ['>=1 <2'], className: 'Acme',
      patches: [{ path: [], method: 'ask', operation: chatCompletions('acme') }],
    });`,
  'app.mjs': `import { subscribe } from 'node:diagnostics_channel';
    import { Acme } from 'acme-llm';
    subscribe('llm_fallback:call', (message) => console.log(JSON.stringify(message)));
    await new Acme().ask({ model: 'acme-1' });`,
};

test('its calls are recorded', async () => {
  mkdirSync(APPS, { recursive: true });
  const app = mkdtempSync(join(APPS, 'registered-'));
  try {
    mkdirSync(join(app, 'node_modules/acme-llm'), { recursive: true });
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(app, name), text);
    const args = ['--import', './acme.mjs', '--import', '@warmspare/instrumentation/register', 'app.mjs'];
    const env = { ...process.env, NODE_OPTIONS: '', OTEL_SDK_DISABLED: 'true' };
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: app, env });
    const { name, attributes } = JSON.parse(stdout) as CallMessage;
    expect(name).toBe('chat acme-1');
    expect(attributes).toMatchObject({
      [ATTR_GEN_AI_PROVIDER_NAME]: 'acme',
      [ATTR_LLM_FALLBACK_CALL_OUTCOME]: 'truncated',
    });
  } finally {
    rmSync(app, { recursive: true, force: true });
  }
});
