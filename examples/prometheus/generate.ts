/** Writes the rule file for the default parameters; for a team's own, named as an argument, prints it: `node generate.ts team.yaml`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { DEFAULTS, type Parameters, readParameters } from './parameters.ts';
import { ruleGroups } from './rules.ts';

const RULES = new URL('warmspare.rules.yaml', import.meta.url);

/** The text of a Prometheus rule file. */
export function ruleFile(parameters: Parameters): string {
  const text = stringify({ groups: ruleGroups(parameters) }, { lineWidth: 0, aliasDuplicateObjects: false });
  return `# Generated from rules.ts by \`node examples/prometheus/generate.ts\`; change that, not this file.\n${text}`;
}

/** The rule file as it is committed. */
export function committed(): string {
  return readFileSync(RULES, 'utf8');
}

if (import.meta.main) {
  const [, , file] = process.argv;
  if (file === undefined) writeFileSync(RULES, ruleFile(DEFAULTS));
  else process.stdout.write(ruleFile(readParameters(readFileSync(file, 'utf8'))));
}
