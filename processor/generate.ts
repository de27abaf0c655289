/**
 * Writes the configuration table between its markers in the README, and the runbooks of the examples as a module, so that the service
 * serves the same text, and the JSON Schema of /status.json. `npm run generate` runs it; tests hold them equal.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { configTable } from './src/config/config.ts';
import { statusJsonSchema } from './src/output/status-schema.ts';

const readme = new URL('README.md', import.meta.url);
const text = readFileSync(readme, 'utf8');
const between = /(<!-- generated:configuration -->\n)[\s\S]*?(<!-- \/generated:configuration -->)/;
if (!between.test(text)) throw new Error('README.md has no markers for the configuration table');
writeFileSync(
  readme,
  text.replace(between, (_, before: string, after: string) => `${before}\n${configTable()}\n\n${after}`),
);

const runbooks = readFileSync(new URL('../examples/prometheus/runbooks.md', import.meta.url), 'utf8');
// A quote is escaped so that the sample code is not taken for imports of the service.
const escaped = runbooks
  .replaceAll('\\', '\\\\')
  .replaceAll('`', '\\`')
  .replaceAll('${', '\\${')
  .replaceAll("'", '\\x27');
writeFileSync(
  new URL('src/output/page/runbooks-text.ts', import.meta.url),
  `/** Generated from examples/prometheus/runbooks.md by \`npm run generate\`; change that, not this file. */\n\n/** What to do about each alert, as Markdown. */\nexport const RUNBOOKS = \`${escaped}\`;\n`,
);

writeFileSync(new URL('status.schema.json', import.meta.url), statusJsonSchema());
