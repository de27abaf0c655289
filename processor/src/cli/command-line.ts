/** Arguments go in, a command with its options or a usage error with a hint comes out. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { nearest } from '../base/nearest.ts';
import { COMMANDS, type Command } from './help.ts';

/** What was asked for. */
export type CommandLine =
  | { readonly kind: 'help'; readonly command: Command | undefined }
  | { readonly kind: 'version' }
  | { readonly kind: 'wrong'; readonly message: string; readonly hint: string }
  | { readonly kind: 'run'; readonly command: Command; readonly options: Options; readonly files: readonly string[] };

/** Option values by long name; `true` for flags. */
export type Options = Readonly<Record<string, string | boolean | undefined>>;

const TEXT = { type: 'string' } as const;
const FLAG = { type: 'boolean' } as const;
const COMMON = { help: { ...FLAG, short: 'h' } } as const;

const OPTIONS: Readonly<Record<Command, NonNullable<ParseArgsConfig['options']>>> = {
  serve: { ...COMMON, config: { ...TEXT, short: 'c' } },
  'check-config': COMMON,
  status: {
    ...COMMON,
    json: FLAG,
    strict: FLAG,
    url: TEXT,
    chain: TEXT,
    target: TEXT,
    service: TEXT,
    namespace: TEXT,
    environment: TEXT,
    state: TEXT,
  },
  explain: {
    ...COMMON,
    json: FLAG,
    url: TEXT,
    chain: TEXT,
    target: TEXT,
    service: TEXT,
    namespace: TEXT,
    environment: TEXT,
  },
  drill: {
    ...COMMON,
    config: { ...TEXT, short: 'c' },
    chain: TEXT,
    target: TEXT,
    fault: TEXT,
    due: FLAG,
    service: TEXT,
    namespace: TEXT,
    environment: TEXT,
    wait: TEXT,
    json: FLAG,
    url: TEXT,
  },
  retire: {
    ...COMMON,
    chain: TEXT,
    target: TEXT,
    service: TEXT,
    namespace: TEXT,
    environment: TEXT,
    all: FLAG,
    'dry-run': FLAG,
    force: FLAG,
    url: TEXT,
  },
  migrate: { ...COMMON, from: TEXT, to: TEXT, schema: TEXT },
};

/** Reads the arguments after `warmspare`. */
export function readCommandLine(args: readonly string[]): CommandLine {
  const [first, ...rest] = args;
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') return helpFor(rest[0]);
  if (first === '--version' || first === '-v' || first === '-V') return { kind: 'version' };
  if (!isCommand(first)) {
    const what = first.startsWith('-') ? 'option' : 'command';
    const meant = nearest(first, what === 'command' ? COMMANDS : ['--help', '--version']);
    return wrong(
      `unknown ${what} ${first}`,
      meant === undefined ? `commands are ${COMMANDS.join(', ')}` : `did you mean warmspare ${meant}?`,
    );
  }
  return readOptions(first, rest);
}

function helpFor(name: string | undefined): CommandLine {
  return { kind: 'help', command: name !== undefined && isCommand(name) ? name : undefined };
}

function readOptions(command: Command, args: readonly string[]): CommandLine {
  const options = OPTIONS[command];
  const usage = `warmspare ${command} --help shows its options`;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    if (values.help === true) return { kind: 'help', command };
    const [file, ...more] = positionals;
    const takesFile = command === 'check-config';
    if (takesFile && file === undefined)
      return wrong('check-config wants a file', 'for example: warmspare check-config warmspare.yaml');
    const extra = takesFile ? more[0] : file;
    if (extra !== undefined) {
      const hint = command === 'serve' ? `did you mean warmspare serve --config ${extra}?` : usage;
      return wrong(`${command} does not know what to do with ${extra}`, hint);
    }
    return { kind: 'run', command, options: onlyOne(values), files: positionals };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const [, unknown] = /Unknown option '(-[^']*)'/.exec(error.message) ?? [];
    if (unknown === undefined) return wrong(firstSentence(error.message), usage);
    const meant = nearest(
      unknown,
      Object.keys(options).map((name) => `--${name}`),
    );
    return wrong(`${command} has no option ${unknown}`, meant === undefined ? usage : `did you mean ${meant}?`);
  }
}

function onlyOne(values: Readonly<Record<string, unknown>>): Options {
  const options: Record<string, string | boolean> = {};
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === 'string' || typeof value === 'boolean') options[name] = value;
  }
  return options;
}

const isCommand = (name: string): name is Command => (COMMANDS as readonly string[]).includes(name);
const wrong = (message: string, hint: string): CommandLine => ({ kind: 'wrong', message, hint });
const firstSentence = (text: string): string => text.split(/\.\s/)[0] ?? text;
