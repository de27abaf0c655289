/** Prints what each instrumentation of openai adds to a call. `--rounds=N`, `--part=whole|alone`. The client answers from memory: no network, no server. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median, type Part, SDKS, type Sdk, type Taken } from './caller.ts';
import { VARIANTS, type Variant } from './variants.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, part: { type: 'string', default: 'whole' } },
});
const rounds = Number(values.rounds);
/**
 * The young generation, of one size for all, in MiB. Left to itself, V8 gives a process that loaded more code a larger one, which it then
 * collects half as often: seen with one of the instrumentations, and worth microseconds a call.
 */
const YOUNG_GENERATION = ['--min-semi-space-size=16', '--max-semi-space-size=16'];
const part: Part = values.part === 'alone' ? 'alone' : 'whole';
/** Alone, the least is what is disturbed least; a whole call collects garbage of its own. */
const typical = part === 'alone' ? (all: readonly number[]): number => Math.min(...all) : median;

console.log(
  `\nAdded to a call. Node ${process.versions.node}, ${cpus()[0]?.model}, ${cpus().length} CPUs; ${part === 'alone' ? 'least' : 'median'} of ${rounds} rounds, call ${part}`,
);
for (const sdk of SDKS) {
  const taken = new Map<Variant, Taken[]>(VARIANTS.map((variant) => [variant, []]));
  // Rounds interleave, so that a busy moment of the machine meets all alike.
  for (let round = 0; round < rounds; round++) {
    for (const variant of VARIANTS) taken.get(variant)?.push(await inOwnProcess(variant, sdk));
  }
  const middle = (variant: Variant, of: (one: Taken) => number): number => typical((taken.get(variant) ?? []).map(of));
  const micros = (variant: Variant): number => middle(variant, (one) => one.micros);
  const bytes = (variant: Variant): number => middle(variant, (one) => one.bytes);
  console.log(
    `\nSDK: ${sdk}\n| | CPU us a call | added us | times untouched | kB a call | added kB |\n|---|---|---|---|---|---|`,
  );
  for (const variant of VARIANTS) {
    const added = micros(variant) - micros('untouched');
    const addedBytes = bytes(variant) - bytes('untouched');
    const ratio = micros(variant) / micros('untouched');
    console.log(
      `| ${variant} | ${micros(variant).toFixed(1)} | ${added.toFixed(1)} | ${ratio.toFixed(2)} | ${kilo(bytes(variant))} | ${kilo(addedBytes)} |`,
    );
  }
}

async function inOwnProcess(variant: Variant, sdk: Sdk): Promise<Taken> {
  const caller = fileURLToPath(new URL('./caller.ts', import.meta.url));
  const child = fork(caller, [variant, sdk, part], { execArgv: ['--expose-gc', ...YOUNG_GENERATION] });
  const ended = once(child, 'exit');
  const message = once(child, 'message');
  const [first] = await Promise.race([message, ended]);
  if (typeof first !== 'object') throw new Error(`${variant} could not be measured (exit ${String(first)})`);
  await ended;
  return first as Taken;
}

function kilo(bytes: number): string {
  return (bytes / 1000).toFixed(1);
}
